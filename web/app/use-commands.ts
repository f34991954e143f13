/** Ties the registry of commands to the page: screens put theirs in, one listener for the keyboard runs them. */
import { useEffect, useSyncExternalStore } from "react";
import { now } from "./clock.ts";
import { shortcuts, type Command } from "./shortcuts.ts";

/** Offers commands while the component is mounted. Memoise the list: a new one is a new registration. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => shortcuts.register(commands), [commands]);
}

export const useAllCommands = (): readonly Command[] =>
  useSyncExternalStore(shortcuts.subscribe, shortcuts.snapshot);

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    isTextInput(target));

const isTextInput = (target: HTMLElement): boolean =>
  target instanceof HTMLInputElement &&
  !["checkbox", "radio", "button", "submit", "range", "file"].includes(target.type);

/** A dialog or a menu has the keyboard to itself. */
const inOverlay = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest("[role=dialog],[role=alertdialog],[role=menu],[role=listbox]") !== null;

/** Enter and space belong to the button or link that has the focus. */
const belongsToControl = (event: KeyboardEvent): boolean =>
  (event.key === "Enter" || event.key === " ") &&
  !(event.metaKey || event.ctrlKey) &&
  event.target instanceof Element &&
  event.target.closest("button,a[href],summary,[role=button]") !== null;

/**
 * Mount once, in the shell. Chords with `mod` and Escape are taken before the editor sees them (it would break the line at
 * `mod+enter`); plain keys come last, so that fields and menus have them first.
 */
export function useShortcutKeys(): void {
  useEffect(() => {
    document.addEventListener("keydown", onKeyFirst, true);
    document.addEventListener("keydown", onPlainKey);
    return () => {
      document.removeEventListener("keydown", onKeyFirst, true);
      document.removeEventListener("keydown", onPlainKey);
    };
  }, []);
}

/** The editor would keep them to itself: chords, and Escape, with which it does nothing. */
const isTakenFirst = (event: KeyboardEvent): boolean =>
  event.metaKey ||
  event.ctrlKey ||
  (event.key === "Escape" && event.target instanceof HTMLElement && event.target.isContentEditable);

function onKeyFirst(event: KeyboardEvent): void {
  if (isTakenFirst(event) && runFor(event)) event.stopPropagation();
}

function onPlainKey(event: KeyboardEvent): void {
  if (!isTakenFirst(event) && !event.defaultPrevented) runFor(event);
}

function runFor(event: KeyboardEvent): boolean {
  if (inOverlay(event.target) || belongsToControl(event)) return false;
  const command = shortcuts.match(event, isTyping(event.target), now().getTime());
  if (command === null) return false;
  event.preventDefault();
  command.run();
  return true;
}

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

/** Mount once, in the shell. */
export function useShortcutKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || inOverlay(event.target) || belongsToControl(event)) return;
      const command = shortcuts.match(event, isTyping(event.target), now().getTime());
      if (command === null) return;
      event.preventDefault();
      command.run();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

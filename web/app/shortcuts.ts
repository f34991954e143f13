/**
 * One registry of commands: shortcuts, the help and the palette all read it. Knows nothing of the page; a key press is
 * matched by `match`, and `useCommands` (commands.tsx) puts a screen's commands in while the screen is shown.
 */
import type { TextKey } from "./i18n.ts";

export type CommandGroup = "moving" | "conversation" | "writing" | "app";

export interface Command {
  id: string;
  label: TextKey;
  group: CommandGroup;
  /** Alternatives, the first is shown: `j`, `shift+j`, `mod+enter`, `g i` (one after the other). */
  keys?: readonly string[];
  run: () => void;
  /** Works while one types, too. Only for chords with `mod` and for `escape`. */
  whileTyping?: boolean;
  /** False: not now (nothing selected, not allowed). It is left out of the palette, and its key goes on to others. */
  enabled?: boolean;
  /** Left out of the palette and the help: too small to be listed. */
  hidden?: boolean;
}

/** What `match` needs of a keyboard event. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  /** An input method is composing: the key belongs to it. */
  isComposing: boolean;
}

/** How long the second key of `g i` may take, in ms. */
const sequenceMs = 1200;

/** `Ctrl` or `⌘` + Enter → `mod+enter`; `?` stays `?`, whichever shift a keyboard needs for it. */
export function chordOf(press: KeyPress): string {
  const key = press.key === " " ? "space" : press.key.toLowerCase();
  const isSymbol = press.key.length === 1 && !/[\p{L}\p{N}\s]/u.test(press.key);
  return [
    press.ctrlKey || press.metaKey ? "mod" : "",
    press.altKey ? "alt" : "",
    press.shiftKey && !isSymbol ? "shift" : "",
    key,
  ]
    .filter((part) => part !== "")
    .join("+");
}

export class ShortcutRegistry {
  #layers: readonly (readonly Command[])[] = [];
  #commands: readonly Command[] = [];
  readonly #listeners = new Set<() => void>();
  #pending: { chord: string; at: number } | null = null;

  /** Puts commands on top: their keys win over those below. Returns the way to take them out again. */
  register(commands: readonly Command[]): () => void {
    this.#set([...this.#layers, commands]);
    return () => this.#set(this.#layers.filter((layer) => layer !== commands));
  }

  /** The commands that can be run now, each id once, the topmost first. */
  readonly snapshot = (): readonly Command[] => this.#commands;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * The command for a key press, or null. The first key of a sequence is remembered until `nowMs` is too late.
   * `typing`: the focus is in a text field.
   */
  match(press: KeyPress, typing: boolean, nowMs: number): Command | null {
    if (press.isComposing || press.key === "Process" || press.key === "Dead") return null;
    const chord = chordOf(press);
    const before =
      this.#pending !== null && nowMs - this.#pending.at <= sequenceMs
        ? `${this.#pending.chord} ${chord}`
        : null;
    this.#pending = null;
    const usable = this.#commands.filter((command) => !typing || command.whileTyping === true);
    const found = (before === null ? null : withKeys(usable, before)) ?? withKeys(usable, chord);
    if (
      found === null &&
      usable.some((command) => command.keys?.some((keys) => keys.startsWith(`${chord} `)))
    ) {
      this.#pending = { chord, at: nowMs };
    }
    return found;
  }

  #set(layers: readonly (readonly Command[])[]): void {
    this.#layers = layers;
    const byId = new Map<string, Command>();
    for (const command of layers.toReversed().flat()) {
      if (command.enabled !== false && !byId.has(command.id)) byId.set(command.id, command);
    }
    this.#commands = [...byId.values()];
    for (const listener of this.#listeners) listener();
  }
}

function withKeys(commands: readonly Command[], keys: string): Command | null {
  return commands.find((command) => command.keys?.includes(keys)) ?? null;
}

export const shortcuts = new ShortcutRegistry();

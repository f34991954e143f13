/**
 * What was written and has not reached the server yet, kept in this browser: a break, a reload, a session that ended lose
 * no word. By person, since several may use one browser; signing out forgets all of them.
 */
import type { Draft } from "../api/gen/model/index.ts";

const prefix = "hitchpost.draft.";

export type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** Null where storage is switched off: then only the server keeps drafts. */
export function browserStorage(): DraftStorage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

const isDraft = (value: unknown): value is Draft =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Draft).html === "string" &&
  ["to", "cc", "bcc", "uploads"].every((list) => Array.isArray((value as Record<string, unknown>)[list]));

function parse(text: string | null): Draft | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return isDraft(value) ? value : null;
  } catch {
    return null;
  }
}

export class KeptDrafts {
  readonly #storage: DraftStorage | null;
  readonly #prefix: string;

  constructor(storage: DraftStorage | null, userId: string) {
    this.#storage = storage;
    this.#prefix = `${prefix}${userId}.`;
  }

  read(conversationId: string): Draft | null {
    return parse(this.#storage?.getItem(this.#prefix + conversationId) ?? null);
  }

  keep(conversationId: string, draft: Draft): void {
    try {
      this.#storage?.setItem(this.#prefix + conversationId, JSON.stringify(draft));
    } catch {
      // Full: the server's copy, a moment later, must do.
    }
  }

  /** `saved`: only if this is what stands there; it may have been written on since. */
  drop(conversationId: string, saved?: Draft): void {
    const key = this.#prefix + conversationId;
    if (saved !== undefined && this.#storage?.getItem(key) !== JSON.stringify(saved)) return;
    this.#storage?.removeItem(key);
  }

  /** The conversations that have one. */
  conversations(): string[] {
    return keysOf(this.#storage, this.#prefix).map((key) => key.slice(this.#prefix.length));
  }
}

/** Everybody's. */
export function forgetKeptDrafts(storage: DraftStorage | null): void {
  for (const key of keysOf(storage, prefix)) storage?.removeItem(key);
}

function keysOf(storage: DraftStorage | null, start: string): string[] {
  const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? "");
  return keys.filter((key) => key.startsWith(start));
}

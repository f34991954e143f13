/**
 * Keeps what is being written in one conversation: in this browser with every key, on the server a moment after the last
 * one. Knows no component: what talks to the server is given.
 *
 *   note ──pause──▶ store ──taken───▶ saved, dropped here
 *                        ──refused──▶ failed ──pause──▶ store again
 */
import type { Draft, SavedDraft } from "../api/gen/model/index.ts";
import type { KeptDrafts } from "./kept-drafts.ts";

export type DraftSaving = "idle" | "saving" | "saved" | "failed";

/** A pause in writing after which the draft is stored, and between tries, in ms. */
const pauseMs = 800;
const retryMs = 5_000;

export interface DraftKeeperParts {
  conversationId: string;
  kept: Pick<KeptDrafts, "keep" | "drop">;
  save: (draft: Draft) => Promise<SavedDraft>;
  discard: () => Promise<unknown>;
  /** What the server has now. */
  onSaved: (saved: SavedDraft) => void;
  onState: (state: DraftSaving) => void;
}

const nothing: SavedDraft = { draft: null, updatedAt: null };

export class DraftKeeper {
  readonly #parts: DraftKeeperParts;
  /** Noted and not stored yet; `empty`: the draft is to go. */
  #noted: Draft | "empty" | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A save that reached the server after the reply, or after the discard, would bring the draft back. */
  #underWay: Promise<void> = Promise.resolve();
  #left = false;

  constructor(parts: DraftKeeperParts) {
    this.#parts = parts;
  }

  /** Notes a change; null: nothing is written. */
  readonly note = (draft: Draft | null): void => {
    const { conversationId, kept } = this.#parts;
    this.#noted = draft ?? "empty";
    if (draft === null) kept.drop(conversationId);
    else kept.keep(conversationId, draft);
    this.#later(pauseMs);
  };

  /** Stores at once what is noted: the page or the thread is left. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    const noted = this.#noted;
    this.#noted = null;
    if (noted !== null) this.#underWay = this.#underWay.then(() => this.#store(noted));
  };

  /** Forgets what is not stored yet, and waits for what is under way: it is being sent. */
  readonly forget = async (): Promise<void> => {
    this.#clear();
    await this.#underWay;
    this.#clear();
    this.#parts.onState("idle");
  };

  /** It has been sent; what was typed after that was asked for went with what stood there then. */
  readonly sent = (): void => {
    this.#clear();
    this.#parts.kept.drop(this.#parts.conversationId);
  };

  readonly discard = async (): Promise<void> => {
    await this.forget();
    this.#parts.kept.drop(this.#parts.conversationId);
    this.#parts.onSaved(nothing);
    await this.#parts.discard();
  };

  /** The thread is left: one last try; what fails then stands in this browser. */
  readonly leave = (): void => {
    this.#left = true;
    this.flush();
  };

  /** Taken up again after `leave`. */
  readonly enter = (): void => {
    this.#left = false;
  };

  #clear(): void {
    clearTimeout(this.#timer);
    this.#noted = null;
  }

  #later(afterMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#left) this.#timer = setTimeout(this.flush, afterMs);
  }

  async #store(draft: Draft | "empty"): Promise<void> {
    const { conversationId, kept, save, discard, onSaved, onState } = this.#parts;
    onState("saving");
    try {
      if (draft === "empty") await discard();
      onSaved(draft === "empty" ? nothing : await save(draft));
      if (draft !== "empty") kept.drop(conversationId, draft);
      onState(draft === "empty" ? "idle" : "saved");
    } catch {
      // Said beside the text, and tried again while the thread is open.
      onState("failed");
      this.#noted ??= draft;
      this.#later(retryMs);
    }
  }
}

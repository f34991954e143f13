/**
 * Tells live sessions what changed in a folder. Changes made inside a transaction are held back
 * until it has been committed, so nobody hears of a message that a rollback takes away again.
 */

/** One change of one message, as sessions with that folder open need to know it. */
export type FolderChange = {
  folderId: number;
  kind: "appended" | "expunged" | "flags";
  uid: number;
  /** Who made the change (any object); that one may want to skip its own echo. */
  origin: object | null;
};

export type ChangeListener = (change: FolderChange) => void;

export class ChangeFeed {
  readonly #listeners = new Map<number, Set<ChangeListener>>();
  readonly #all = new Set<ChangeListener>();
  #held: FolderChange[] | null = null;

  /** Calls `listener` for every change of the folder until the returned function is called. */
  subscribe(folderId: number, listener: ChangeListener): () => void {
    const listeners = this.#listeners.get(folderId) ?? new Set();
    this.#listeners.set(folderId, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(folderId);
    };
  }

  /** Calls `listener` for every change of any folder until the returned function is called. */
  subscribeAll(listener: ChangeListener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  publish(change: FolderChange): void {
    if (this.#held) {
      this.#held.push(change);
      return;
    }
    const listeners = this.#listeners.get(change.folderId);
    if (listeners) for (const listener of listeners) listener(change);
    for (const listener of this.#all) listener(change);
  }

  /** Holds changes back; `release` sends them out, `drop` forgets them. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const change of held) this.publish(change);
  }

  drop(): void {
    this.#held = null;
  }
}

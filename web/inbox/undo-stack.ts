/** What can still be taken back, the latest first: `z` and the notice's button both take from here. */
export interface Undoable {
  run: () => void;
}

const limit = 20;

export class UndoStack {
  #entries: Undoable[] = [];

  push(entry: Undoable): void {
    this.#entries = [...this.#entries, entry].slice(-limit);
  }

  /** Takes one back, once: a second call for the same entry does nothing. */
  undo(entry: Undoable): void {
    if (!this.#entries.includes(entry)) return;
    this.forget(entry);
    entry.run();
  }

  /** Takes the latest back; false when there is none. */
  undoLast(): boolean {
    const entry = this.#entries.at(-1);
    if (entry === undefined) return false;
    this.undo(entry);
    return true;
  }

  forget(entry: Undoable): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }
}

export const undoStack = new UndoStack();

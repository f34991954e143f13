/**
 * One session's view of the folder it has selected. Message numbers are a promise to that client
 * (RFC 9051 7.5.1): changes of others wait here until a moment when they may be told.
 */
import type { FolderChange } from "../store/change-feed.ts";
import type { Folder } from "../store/folder-store.ts";
import type { MailStore } from "../store/mail-store.ts";
import { BadCommand } from "./refusal.ts";
import { inRanges, readSequenceSet } from "./sequence-set.ts";

export type Target = { sequence: number; uid: number };

export class SelectedFolder {
  readonly folder: Folder;
  readonly readOnly: boolean;
  readonly #store: MailStore;
  readonly #unsubscribe: () => void;
  /** UIDs in the order of message numbers. */
  readonly #uids: number[];
  readonly #arrived: number[] = [];
  readonly #gone = new Set<number>();
  readonly #reflagged = new Set<number>();
  /** Called after every change, so that an idling session can tell it at once. */
  onChange: (() => void) | null = null;

  constructor(store: MailStore, folder: Folder, readOnly: boolean) {
    this.#store = store;
    this.folder = folder;
    this.readOnly = readOnly;
    this.#uids = store.messages.uids(folder.id);
    this.#unsubscribe = store.feed.subscribe(folder.id, (change) => this.#take(change));
  }

  close(): void {
    this.#unsubscribe();
    this.onChange = null;
  }

  get exists(): number {
    return this.#uids.length;
  }

  /** Every message the client knows of. */
  all(): Target[] {
    return this.#uids.map((uid, index) => ({ sequence: index + 1, uid }));
  }

  /** The messages of a set; a message number that does not exist is an error, a UID is not. */
  resolve(set: string, byUid: boolean): Target[] {
    const highest = byUid ? (this.#uids.at(-1) ?? 0) : this.#uids.length;
    if (byUid && highest === 0) return [];
    const ranges = readSequenceSet(set, highest);
    if (!byUid && ranges.some((range) => range.to > highest || range.from < 1)) {
      throw new BadCommand("The specified message set is invalid.");
    }
    return this.all().filter((target) => inRanges(ranges, byUid ? target.uid : target.sequence));
  }

  /** Pending changes as untagged responses. EXPUNGE waits where `mayExpunge` is false (RFC 9051 7.5.1). */
  takeUpdates(mayExpunge: boolean): string[] {
    const lines: string[] = [];
    if (mayExpunge) this.#takeExpunges(lines);
    const arrived = this.#arrived.splice(0).filter((uid) => !(mayExpunge && this.#gone.delete(uid)));
    if (arrived.length > 0) {
      this.#uids.push(...arrived);
      lines.push(`* ${this.#uids.length} EXISTS`);
    }
    for (const uid of this.#reflagged) {
      const message = this.#store.messages.get(this.folder.id, uid);
      const index = this.#uids.indexOf(uid);
      if (message && index >= 0) {
        lines.push(`* ${index + 1} FETCH (UID ${uid} FLAGS (${message.flags.join(" ")}))`);
      }
    }
    this.#reflagged.clear();
    return lines;
  }

  #takeExpunges(lines: string[]): void {
    for (const uid of this.#gone) {
      const index = this.#uids.indexOf(uid);
      if (index < 0) continue;
      this.#uids.splice(index, 1);
      this.#gone.delete(uid);
      lines.push(`* ${index + 1} EXPUNGE`);
    }
  }

  #take(change: FolderChange): void {
    if (change.kind === "appended") this.#arrived.push(change.uid);
    else if (change.kind === "expunged") this.#gone.add(change.uid);
    else if (change.origin !== this) this.#reflagged.add(change.uid);
    this.onChange?.();
  }
}

/** A connection with what is open on it. */
import type { ImapFlow } from "imapflow";

/** A folder opened on a connection, as EXAMINE or SELECT reported it. */
export interface OpenFolder {
  client: ImapFlow;
  path: string;
  /** UIDVALIDITY as text. */
  epochKey: string;
  exists: number;
  /** Null when the server does not say. */
  uidNext: number | null;
  /** Null without CONDSTORE, or where the folder keeps none (NOMODSEQ). */
  highestModseq: bigint | null;
}

export interface Slot {
  client: ImapFlow;
  busy: boolean;
  open: OpenView | null;
  /** When work that needs a connection of its own ended, monotonic milliseconds. */
  usedAt: number;
  /** Closes it when it is not used. */
  expiry?: NodeJS.Timeout;
}

interface OpenView {
  folder: OpenFolder;
  /** The library's view of it, a new one each time a folder is opened. */
  box: ImapFlow["mailbox"];
  write: boolean;
  /** Monotonic milliseconds. */
  openedAt: number;
  /** Messages came or went since. */
  changed: boolean;
}

/** What the server tells of the open folder makes its view old. */
export function noteChanges(slot: Slot): void {
  for (const event of ["exists", "expunge"] as const)
    slot.client.on(event, () => {
      if (slot.open !== null) slot.open.changed = true;
    });
}

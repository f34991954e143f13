/** The one connection of a mailbox that may be lent: the watching one, which idles while nobody needs it. */
import type { ImapFlow } from "imapflow";
import { noteChanges, type Slot } from "./open-folder.ts";

/** A connection that does something of its own (IDLE) and can be lent for brief work. */
export interface Lender {
  client: ImapFlow;
  /** Resolves when the connection is free. Rejects when it has ended. */
  lend(): Promise<void>;
  takeBack(): void;
}

export interface Loan {
  /** 1 when there is one to borrow, be it lent at the moment. */
  readonly size: 0 | 1;
  from(lender: Lender): () => void;
  /** Null: nobody lends, or it is lent already. */
  take(): Promise<Slot | null>;
  giveBack(slot: Slot): void;
}

export function createLoan(): Loan {
  let current: { lender: Lender; slot: Slot } | null = null;
  return {
    get size() {
      return current === null ? 0 : 1;
    },
    from(lender) {
      const lending = { lender, slot: { client: lender.client, busy: false, open: null, usedAt: 0 } };
      noteChanges(lending.slot);
      current = lending;
      return () => {
        if (current === lending) current = null;
      };
    },
    async take() {
      if (current === null || current.slot.busy || !current.lender.client.usable) return null;
      const { lender, slot } = current;
      slot.busy = true;
      try {
        await lender.lend();
        if (slot.open?.box !== slot.client.mailbox) slot.open = null; // opened for another purpose meanwhile
        return slot;
      } catch {
        slot.busy = false;
        return null; // it has ended: who watches is told, and here another one is opened
      }
    },
    giveBack(slot) {
      if (current?.slot === slot) current.lender.takeBack();
    },
  };
}

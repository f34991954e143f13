/** One session's view of an Inbox (RFC 1939 3): the messages that were there at sign-in, by number. */
import type { MailStore } from "../store/mail-store.ts";

export type Listed = {
  /** The store's lasting number of the message. */
  id: number;
  uid: number;
  size: number;
  /** At most 70 characters, the same in every session (RFC 1939 7, UIDL). */
  uidl: string;
};

/** Where messages go that a POP client deletes while the owner does not let devices delete. */
const popFolderName = "POP";

export class Maildrop {
  readonly #store: MailStore;
  readonly #mailboxId: number;
  readonly #inboxId: number;
  readonly #listed: Listed[];
  readonly #deleted = new Set<number>();

  constructor(store: MailStore, mailboxId: number) {
    this.#store = store;
    this.#mailboxId = mailboxId;
    this.#inboxId = store.folders.byRole(mailboxId, "inbox").id;
    this.#listed = store.messages
      .rows(this.#inboxId)
      .map(({ id, uid, size }) => ({ id, uid, size, uidl: uidlOf(id) }));
  }

  /** Those that are not marked as deleted, with their numbers. */
  all(): { number: number; message: Listed }[] {
    return this.#listed.flatMap((message, index) =>
      this.#deleted.has(index + 1) ? [] : [{ number: index + 1, message }],
    );
  }

  /** Undefined where there is none, or it is marked as deleted. */
  get(number: number): Listed | undefined {
    return this.#deleted.has(number) ? undefined : this.#listed[number - 1];
  }

  /** The message's bytes, counted as handed out where the body goes too; null when another front has removed it. */
  raw(message: Listed, withBody: boolean): Buffer | null {
    const raw = this.#store.messages.raw(this.#inboxId, message.uid);
    if (raw && withBody) this.#store.traffic.bodyHandedOut(this.#mailboxId, message.id, "pop3");
    return raw;
  }

  markDeleted(number: number): void {
    this.#deleted.add(number);
  }

  reset(): void {
    this.#deleted.clear();
  }

  /** At QUIT. Outlook.com's default is "Don't allow devices and apps to delete messages": they move to a folder "POP". */
  update(): void {
    if (this.#deleted.size === 0) return;
    const { folders, messages } = this.#store;
    const mailboxId = this.#mailboxId;
    this.#store.transaction(() => {
      const target =
        folders.find(mailboxId, popFolderName) ??
        folders.create({ mailboxId, name: popFolderName, role: "user", attributes: [] });
      for (const number of this.#deleted) {
        const message = this.#listed[number - 1];
        if (message) messages.move(this.#inboxId, message.uid, target.id);
      }
    });
  }
}

const uidlOf = (id: number): string => `AQ${id.toString(36).toUpperCase().padStart(12, "0")}`;

/**
 * The mailbox on the server as another mail program changes it, and the book of what was put there: it is the measure at the
 * end. Each mail bears a mark (tests/chaos/mails.ts).
 */
import type { MailStore } from "../../../sandbox/mail/store/mail-store.ts";
import type { Item } from "../../../sandbox/mail/store/item-store.ts";
import { createMailMaker, markIn, plainText, type MailMaker } from "../mails.ts";
import type { Random } from "../random.ts";

export const folderNames = ["Inbox", "Archive", "Orders"] as const;
export type FolderName = (typeof folderNames)[number];

/** What was put on the server under one mark. */
export interface BookEntry {
  mark: string;
  /** Copies that stand there now, and that ever did. */
  copies: number;
  copiesEver: number;
  hasMessageId: boolean;
}

export interface Standing {
  folder: string;
  mark: string;
  flags: string[];
  uid: number;
  id: number;
}

export class ServerMailbox {
  readonly book = new Map<string, BookEntry>();
  readonly store: MailStore;
  readonly mailboxId: number;
  readonly #random: Random;
  readonly #maker: MailMaker;
  readonly #marks = new Map<number, string>();

  constructor(store: MailStore, mailboxId: number, random: Random, prefix: string) {
    this.store = store;
    this.mailboxId = mailboxId;
    this.#random = random;
    this.#maker = createMailMaker(random.fork("mails"), prefix);
    store.folders.create({ mailboxId, name: "Orders", role: "user", attributes: [] });
  }

  folderId(name: string): number {
    return this.store.folders.find(this.mailboxId, name)!.id;
  }

  /** A new mail; one in eight has no Message-ID. */
  deliver(folder: FolderName, receivedMs: number): string {
    const made = this.#maker.make(this.store.now());
    const hasMessageId = !this.#random.chance(0.12);
    const raw = hasMessageId ? made.raw : made.raw.replace(/^Message-ID: .*\r\n/m, "");
    this.#append(folder, made.mark, raw, { receivedMs, hasMessageId });
    return made.mark;
  }

  /** Two mails of one second whose headers are the same; one of them was read. */
  deliverTwins(): string {
    const { mark, raw } = this.#maker.make(this.store.now());
    const other = `${mark}t`;
    const receivedMs = this.store.now();
    const [a, b] = [this.#folder(), this.#folder()];
    this.#append(a, mark, raw, { receivedMs, hasMessageId: true, flags: ["\\Seen"] });
    this.#append(b, other, raw.replaceAll(mark, other), { receivedMs, hasMessageId: true });
    return `${mark} in ${a}, its twin in ${b}`;
  }

  /** What another program does to a mail that stands there; null when there is none. */
  change(): string | null {
    const items = this.items();
    if (items.length === 0) return null;
    const item = this.#random.pick(items);
    const what = this.#random.weighted({ flag: 5, move: 3, remove: 2, copy: 1 });
    const { messages } = this.store;
    const mark = this.markOf(item);
    const entry = this.book.get(mark);
    switch (what) {
      case "flag": {
        const flag = this.#random.pick(["\\Seen", "\\Flagged"]);
        const flags = item.flags.includes(flag)
          ? item.flags.filter((one) => one !== flag)
          : [...item.flags, flag];
        messages.setFlags(item.folderId, item.uid, flags);
        break;
      }
      case "move": {
        const target = this.folderId(this.#folder());
        if (target === item.folderId) return null;
        messages.move(item.folderId, item.uid, target);
        break;
      }
      case "remove":
        messages.expunge(item.folderId, item.uid);
        if (entry !== undefined) entry.copies -= 1;
        break;
      case "copy":
        messages.copy(item.folderId, item.uid, this.folderId(this.#folder()));
        if (entry !== undefined) {
          entry.copies += 1;
          entry.copiesEver += 1;
        }
    }
    return `${what} of ${mark}`;
  }

  /** Everything in the folders that are kept in step. */
  items(): Item[] {
    const { mailboxId } = this;
    return folderNames.flatMap((name) => this.store.items.list({ mailboxId, folderId: this.folderId(name) }));
  }

  standing(): Standing[] {
    const names = new Map(folderNames.map((name) => [this.folderId(name), name]));
    return this.items().map((item) => ({
      folder: names.get(item.folderId)!,
      mark: this.markOf(item),
      flags: item.flags.filter((flag) => flag === "\\Seen" || flag === "\\Flagged").sort(),
      uid: item.uid,
      id: item.id,
    }));
  }

  /** How often a mark stands in a folder, by its role. */
  countIn(role: "sent", mark: string): number {
    const { id } = this.store.folders.byRole(this.mailboxId, role);
    const items = this.store.items.list({ mailboxId: this.mailboxId, folderId: id });
    return items.filter((item) => this.markOf(item) === mark).length;
  }

  markOf({ id, folderId, uid }: Pick<Item, "id" | "folderId" | "uid">): string {
    const known = this.#marks.get(id);
    if (known !== undefined) return known;
    const raw = this.store.messages.raw(folderId, uid)?.toString("latin1") ?? "";
    const mark = markIn(plainText(raw)) ?? "";
    this.#marks.set(id, mark);
    return mark;
  }

  #folder(): FolderName {
    return this.#random.weighted({ Inbox: 4, Archive: 1, Orders: 2 });
  }

  #append(
    folder: FolderName,
    mark: string,
    raw: string,
    { receivedMs, hasMessageId, flags = [] }: { receivedMs: number; hasMessageId: boolean; flags?: string[] },
  ): void {
    this.store.messages.append(this.folderId(folder), {
      raw: Buffer.from(raw),
      flags,
      internalDate: receivedMs,
    });
    this.book.set(mark, { mark, copies: 1, copiesEver: 1, hasMessageId });
  }
}

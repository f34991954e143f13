/** The mailboxes of all personas: making them, delivering to them, listing them. */
import type { DatabaseSync } from "node:sqlite";
import type { ListedFolder, MailStore as MailStoreContract } from "../../contract.ts";
import { Traffic } from "../traffic.ts";
import { ChangeFeed } from "./change-feed.ts";
import { numberColumn, openMailDatabase } from "./database.ts";
import { bounceFor, receivedHeaders, senderOf } from "./delivery.ts";
import { defaultFolders } from "./folder-names.ts";
import { FolderStore } from "./folder-store.ts";
import { ItemStore } from "./item-store.ts";
import { MessageStore } from "./message-store.ts";

export type MailboxOwner = { address: string; aliases?: readonly string[]; language: string };

/** Fills a mailbox that has just been made; runs in the transaction that makes it. */
export type SeedMailbox = (store: MailStore, mailboxId: number) => void;

export class MailStore implements MailStoreContract {
  readonly feed = new ChangeFeed();
  readonly folders: FolderStore;
  readonly messages: MessageStore;
  readonly items: ItemStore;
  readonly now: () => number;
  /** Hears the primary address of each mailbox that a mail was put into. */
  onArrival: (address: string) => void = () => undefined;
  /** Counts what the fronts hand out. */
  readonly traffic = new Traffic();
  readonly #primaryOf = new Map<string, string>();
  readonly #database: DatabaseSync;

  /** Opens the store in `dataDir`; `now` gives milliseconds since 1970. */
  constructor(dataDir: string, now: () => number) {
    this.#database = openMailDatabase(dataDir, now);
    this.now = now;
    this.folders = new FolderStore(this.#database, now);
    this.messages = new MessageStore(this.#database, this.folders, this.feed);
    this.items = new ItemStore(this.#database);
  }

  close(): void {
    this.#database.close();
  }

  /** Runs `work` in one transaction; sessions hear of its changes after the commit. Does not nest. */
  transaction<T>(work: () => T): T {
    this.#database.exec("begin immediate");
    this.feed.hold();
    try {
      const result = work();
      this.#database.exec("commit");
      this.feed.release();
      return result;
    } catch (error) {
      this.feed.drop();
      if (this.#database.isTransaction) this.#database.exec("rollback");
      throw error;
    }
  }

  /** The mailbox of an address or of an alias; null where there is none. */
  mailboxId(address: string): number | null {
    const row = this.#database
      .prepare("select id from mailbox where address = ?")
      .get(this.#primary(address.trim().toLowerCase()));
    return row ? numberColumn(row, "id") : null;
  }

  /** The mailbox of a persona; made, with its folders and its first mail, when it is not there yet. */
  ensureMailbox(owner: MailboxOwner, seed: SeedMailbox): number {
    for (const alias of owner.aliases ?? []) this.#primaryOf.set(alias, owner.address);
    const existing = this.mailboxId(owner.address);
    if (existing !== null) return existing;
    return this.transaction(() => {
      const added = this.#database
        .prepare("insert into mailbox (address, created_at) values (?, ?)")
        .run(owner.address.toLowerCase(), this.now());
      const mailboxId = Number(added.lastInsertRowid);
      for (const folder of defaultFolders(owner.language)) this.folders.create({ mailboxId, ...folder });
      seed(this, mailboxId);
      return mailboxId;
    });
  }

  /**
   * Puts a message into the Inbox of every persona among `to`. An unknown address of the sandbox's
   * own domain is answered by a bounce to the sender; other domains are taken and forgotten.
   */
  deliver(mail: { to: string[]; raw: Buffer }): void {
    const domains = new Set(this.#addresses().map((address) => address.split("@")[1]));
    const unknown: string[] = [];
    this.transaction(() => {
      for (const recipient of new Set(mail.to.map((address) => address.trim().toLowerCase()))) {
        const mailboxId = this.mailboxId(recipient);
        if (mailboxId !== null) {
          this.#putInInbox(mailboxId, mail.raw, recipient);
          this.onArrival(this.#primary(recipient));
        } else if (domains.has(recipient.split("@")[1])) unknown.push(recipient);
      }
      this.#bounce(mail.raw, unknown);
    });
  }

  list(address: string): ListedFolder[] | null {
    const mailboxId = this.mailboxId(address);
    if (mailboxId === null) return null;
    return this.folders.all(mailboxId).map((folder) => ({
      name: folder.name,
      uidValidity: folder.uidValidity,
      messages: this.messages.summaries(folder.id),
    }));
  }

  /**
   * Gives the folder a new UIDVALIDITY and its messages new UIDs in the old order (RFC 9051 2.3.1.1), as servers do after
   * a repair. Sessions that have it open keep the old numbers: end them.
   */
  renumber(folderId: number): void {
    this.transaction(() => {
      const uids = this.messages.uids(folderId);
      this.folders.renumber(folderId);
      for (const uid of uids) this.messages.move(folderId, uid, folderId);
    });
  }

  #primary(address: string): string {
    return this.#primaryOf.get(address) ?? address;
  }

  #addresses(): string[] {
    const rows = this.#database.prepare("select address from mailbox").all();
    return rows.map((row) => String(row["address"]));
  }

  #putInInbox(mailboxId: number, raw: Buffer, recipient: string): void {
    const inbox = this.folders.byRole(mailboxId, "inbox");
    const arrived = Buffer.concat([receivedHeaders(recipient, this.now()), raw]);
    this.messages.append(inbox.id, { raw: arrived, flags: [], internalDate: this.now() });
  }

  #bounce(raw: Buffer, unknown: string[]): void {
    const sender = unknown.length > 0 ? senderOf(raw) : null;
    const mailboxId = sender === null ? null : this.mailboxId(sender);
    if (sender === null || mailboxId === null) return;
    for (const recipient of unknown) {
      const bounce = bounceFor({ raw, sender, recipient, now: this.now() });
      this.#putInInbox(mailboxId, bounce, sender);
    }
  }
}

/** Messages by their lasting id, as Exchange knows them, and the log of what changed. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { numberColumn, textColumn } from "./database.ts";
import { preparedOnce } from "./statements.ts";
import type { Prepare } from "./statements.ts";

/** A follow-up flag's parts beyond `\Flagged`, as Graph's followupFlag has them. */
export type FollowUp = { status: "flagged" | "complete"; dates: Record<string, unknown> };

export type Item = {
  id: number;
  mailboxId: number;
  folderId: number;
  uid: number;
  flags: string[];
  /** Milliseconds since 1970. */
  internalDate: number;
  size: number;
  internetMessageId: string | null;
  subject: string | null;
  /** Raised by every move. */
  entry: number;
  /** Raised by every change. */
  change: number;
  /** Milliseconds since 1970. */
  changedAt: number;
  categories: string[];
  followUp: FollowUp | null;
};

export type ItemChange = {
  seq: number;
  folderId: number;
  messageId: number;
  /** The entry it has, or had when it left the folder. */
  entry: number;
  gone: boolean;
  /** The number at which it came into the folder. */
  born: number;
};

export type UnchangedPage = {
  folderId: number;
  /** The number of the last change that counts. */
  upTo: number;
  /** Where the page before ended. */
  before: { date: number; id: number } | null;
  /** Milliseconds since 1970; null: whatever their date. */
  from: number | null;
  limit: number;
};

export type FolderChangeRow = { seq: number; folderId: number; gone: boolean };

const itemColumns = `m.id, f.mailbox_id, m.folder_id, m.uid, m.flags, m.internal_date, m.size, m.message_id as internet_id,
  m.subject, i.entry, i.change, i.changed_at, i.categories, i.follow_up`;
const itemJoin = "message m join folder f on f.id = m.folder_id join item i on i.message_id = m.id";

export class ItemStore {
  readonly #prepared: Prepare;

  constructor(database: DatabaseSync) {
    this.#prepared = preparedOnce(database);
  }

  find(id: number): Item | null {
    const row = this.#prepared(`select ${itemColumns} from ${itemJoin} where m.id = ?`).get(id);
    return row ? itemOf(row) : null;
  }

  at(folderId: number, uid: number): Item | null {
    const row = this.#prepared(
      `select ${itemColumns} from ${itemJoin} where m.folder_id = ? and m.uid = ?`,
    ).get(folderId, uid);
    return row ? itemOf(row) : null;
  }

  /** Newest first; of one folder, or of the whole mailbox. */
  list(where: { mailboxId: number; folderId: number | null }): Item[] {
    const { mailboxId, folderId } = where;
    const [condition, value] = folderId === null ? ["f.mailbox_id", mailboxId] : ["m.folder_id", folderId];
    const rows = this.#prepared(
      `select ${itemColumns} from ${itemJoin} where ${condition} = ? order by m.internal_date desc, m.id desc`,
    ).all(value);
    return rows.map(itemOf);
  }

  categorise(id: number, categories: string[]): void {
    this.#update(id, "categories", JSON.stringify(categories));
  }

  followUp(id: number, followUp: FollowUp | null): void {
    this.#update(id, "follow_up", JSON.stringify(followUp));
  }

  /** Changes of a folder's messages after a number, oldest first. */
  changesOf(folderId: number, after: number, limit: number): ItemChange[] {
    return this.#changes("folder_id = ? and seq > ? order by seq limit ?", folderId, after, limit);
  }

  /** Messages of a folder that have not changed after a number, newest first. */
  unchanged(page: UnchangedPage): Item[] {
    const { folderId, upTo, before, from, limit } = page;
    const rows = this.#prepared(
      `select ${itemColumns} from ${itemJoin}
         join item_change c on c.folder_id = m.folder_id and c.message_id = m.id and c.gone = 0
         where m.folder_id = ? and c.seq <= ? and m.internal_date >= ? and (m.internal_date, m.id) < (?, ?)
         order by m.internal_date desc, m.id desc limit ?`,
    ).all(
      folderId,
      upTo,
      from ?? Number.MIN_SAFE_INTEGER,
      before?.date ?? Number.MAX_SAFE_INTEGER,
      before?.id ?? 0,
      limit,
    );
    return rows.map(itemOf);
  }

  /** Changes of all messages after a number, oldest first. */
  changesAfter(after: number): ItemChange[] {
    return this.#changes("seq > ? order by seq", after);
  }

  folderChanges(mailboxId: number, after: number, limit: number): FolderChangeRow[] {
    const rows = this.#prepared(
      "select seq, folder_id, gone from folder_change where mailbox_id = ? and seq > ? order by seq limit ?",
    ).all(mailboxId, after, limit);
    return rows.map((row) => ({
      seq: numberColumn(row, "seq"),
      folderId: numberColumn(row, "folder_id"),
      gone: numberColumn(row, "gone") === 1,
    }));
  }

  lastChange(log: "item_change" | "folder_change"): number {
    const row = this.#prepared(`select coalesce(max(seq), 0) as seq from ${log}`).get();
    return row ? numberColumn(row, "seq") : 0;
  }

  /** Delta tokens of an older epoch are worth nothing any more. */
  epoch(mailboxId: number): number {
    const row = this.#prepared("select epoch from sync_epoch where mailbox_id = ?").get(mailboxId);
    return row ? numberColumn(row, "epoch") : 0;
  }

  raiseEpoch(mailboxId: number): void {
    this.#prepared(
      `insert into sync_epoch (mailbox_id, epoch) values (?, 1)
         on conflict (mailbox_id) do update set epoch = epoch + 1`,
    ).run(mailboxId);
  }

  #update(id: number, column: "categories" | "follow_up", value: string): void {
    this.#prepared(`update item set ${column} = ? where message_id = ?`).run(value, id);
  }

  #changes(condition: string, ...values: SQLInputValue[]): ItemChange[] {
    const rows = this.#prepared(
      `select seq, folder_id, message_id, entry, gone, born from item_change where ${condition}`,
    ).all(...values);
    return rows.map((row) => ({
      seq: numberColumn(row, "seq"),
      folderId: numberColumn(row, "folder_id"),
      messageId: numberColumn(row, "message_id"),
      entry: numberColumn(row, "entry"),
      gone: numberColumn(row, "gone") === 1,
      born: numberColumn(row, "born"),
    }));
  }
}

function itemOf(row: Record<string, unknown>): Item {
  const text = (name: string): string | null => (row[name] === null ? null : textColumn(row, name));
  return {
    id: numberColumn(row, "id"),
    mailboxId: numberColumn(row, "mailbox_id"),
    folderId: numberColumn(row, "folder_id"),
    uid: numberColumn(row, "uid"),
    flags: textColumn(row, "flags").split(" ").filter(Boolean),
    internalDate: numberColumn(row, "internal_date"),
    size: numberColumn(row, "size"),
    internetMessageId: text("internet_id"),
    subject: text("subject"),
    entry: numberColumn(row, "entry"),
    change: numberColumn(row, "change"),
    changedAt: numberColumn(row, "changed_at"),
    categories: JSON.parse(textColumn(row, "categories")) as string[],
    followUp: JSON.parse(textColumn(row, "follow_up")) as FollowUp | null,
  };
}

/** Folders of the mailboxes: rows of `folder`, and the numbers IMAP needs of them (RFC 9051 2.3.1.1). */
import type { DatabaseSync } from "node:sqlite";
import { numberColumn, textColumn } from "./database.ts";
import { preparedOnce } from "./statements.ts";
import type { Prepare } from "./statements.ts";
import type { FolderRole } from "./folder-names.ts";

export type Folder = {
  id: number;
  mailboxId: number;
  /** The whole path, levels parted by `/`, in Unicode. */
  name: string;
  role: FolderRole;
  /** Attributes beyond the ones that follow from the tree, e.g. `\Sent`. */
  attributes: string[];
  uidValidity: number;
  uidNext: number;
  subscribed: boolean;
};

export type NewFolder = { mailboxId: number; name: string; role: FolderRole; attributes: string[] };

export type FolderCounts = { messages: number; unseen: number };

/** INBOX is the one name without case (RFC 9051 5.1); Outlook shows it as "Inbox". */
export function canonicalFolderName(name: string): string {
  const [first = "", ...rest] = name.split("/");
  return first.toUpperCase() === "INBOX" ? ["Inbox", ...rest].join("/") : name;
}

export class FolderStore {
  readonly #prepared: Prepare;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#prepared = preparedOnce(database);
    this.#now = now;
  }

  /** Makes a folder with a UIDVALIDITY never used before in this data directory, nor in an older one. */
  create(folder: NewFolder): Folder {
    const insert = this.#prepared(
      "insert into folder (mailbox_id, name, role, attributes, uid_validity) values (?, ?, ?, ?, 0)",
    );
    const added = insert.run(folder.mailboxId, folder.name, folder.role, folder.attributes.join(" "));
    const id = Number(added.lastInsertRowid);
    const uidValidity = Math.floor(this.#now() / 1000) + id;
    this.#prepared("update folder set uid_validity = ? where id = ?").run(uidValidity, id);
    return { ...folder, id, uidValidity, uidNext: 1, subscribed: true };
  }

  all(mailboxId: number): Folder[] {
    const rows = this.#prepared("select * from folder where mailbox_id = ? order by id").all(mailboxId);
    return rows.map(folderOf);
  }

  find(mailboxId: number, name: string): Folder | null {
    const row = this.#prepared("select * from folder where mailbox_id = ? and name = ?").get(
      mailboxId,
      canonicalFolderName(name),
    );
    return row ? folderOf(row) : null;
  }

  byId(id: number): Folder | null {
    const row = this.#prepared("select * from folder where id = ?").get(id);
    return row ? folderOf(row) : null;
  }

  byRole(mailboxId: number, role: FolderRole): Folder {
    const row = this.#prepared("select * from folder where mailbox_id = ? and role = ?").get(mailboxId, role);
    if (!row) throw new Error(`mailbox ${mailboxId} has no ${role} folder`);
    return folderOf(row);
  }

  counts(id: number): FolderCounts {
    const row = this.#prepared(
      `select count(*) as messages, count(*) filter (where ' ' || flags || ' ' not like '% \\Seen %') as unseen
         from message where folder_id = ?`,
    ).get(id);
    if (!row) return { messages: 0, unseen: 0 };
    return { messages: numberColumn(row, "messages"), unseen: numberColumn(row, "unseen") };
  }

  /** All its messages together. */
  sizeBytes(id: number): number {
    const row = this.#prepared("select coalesce(sum(size), 0) as bytes from message where folder_id = ?").get(
      id,
    );
    return row ? numberColumn(row, "bytes") : 0;
  }

  /** Another UIDVALIDITY, larger than before; the UIDs that were given out stay unused. */
  renumber(id: number): void {
    this.#prepared("update folder set uid_validity = uid_validity + 100000 where id = ?").run(id);
  }

  rename(id: number, name: string): void {
    this.#prepared("update folder set name = ? where id = ?").run(name, id);
  }

  subscribe(id: number, subscribed: boolean): void {
    this.#prepared("update folder set subscribed = ? where id = ?").run(subscribed ? 1 : 0, id);
  }

  /** Removes the folder, which must hold no messages any more. */
  remove(id: number): void {
    this.#prepared("delete from folder where id = ?").run(id);
  }

  /** Takes the next UID of the folder. */
  takeUid(id: number): number {
    const row = this.#prepared(
      "update folder set uid_next = uid_next + 1 where id = ? returning uid_next - 1 as uid",
    ).get(id);
    if (!row) throw new Error(`no folder ${id}`);
    return numberColumn(row, "uid");
  }
}

function folderOf(row: Record<string, unknown>): Folder {
  return {
    id: numberColumn(row, "id"),
    mailboxId: numberColumn(row, "mailbox_id"),
    name: textColumn(row, "name"),
    role: textColumn(row, "role") as FolderRole,
    attributes: textColumn(row, "attributes").split(" ").filter(Boolean),
    uidValidity: numberColumn(row, "uid_validity"),
    uidNext: numberColumn(row, "uid_next"),
    subscribed: numberColumn(row, "subscribed") === 1,
  };
}

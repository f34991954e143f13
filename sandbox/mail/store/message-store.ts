/** Messages in folders: rows of `message`, and the changes told to live sessions. */
import type { DatabaseSync } from "node:sqlite";
import { decodeHeaderText } from "../mime/encoded-words.ts";
import { readHeaders, headerValue } from "../mime/headers.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { numberColumn, textColumn } from "./database.ts";
import type { FolderStore } from "./folder-store.ts";
import { preparedOnce } from "./statements.ts";
import type { Prepare } from "./statements.ts";

/** A message without its content. */
export type MessageRow = {
  /** Stays the same when the message moves to another folder. */
  id: number;
  uid: number;
  flags: string[];
  /** Milliseconds since 1970. */
  internalDate: number;
  /** Bytes of the raw message. */
  size: number;
};

export type MessageSummary = {
  uid: number;
  flags: string[];
  messageId: string | null;
  subject: string | null;
};

export type NewMessage = { raw: Uint8Array; flags: string[]; internalDate: number };

const rawOfMessage =
  "select raw from content join message on content_id = content.id where folder_id = ? and uid = ?";

const rowColumns = "id, uid, flags, internal_date, size";

export class MessageStore {
  readonly #prepared: Prepare;
  readonly #folders: FolderStore;
  readonly #feed: ChangeFeed;

  constructor(database: DatabaseSync, folders: FolderStore, feed: ChangeFeed) {
    this.#prepared = preparedOnce(database);
    this.#folders = folders;
    this.#feed = feed;
  }

  /** Adds a message at the end of a folder and returns its UID. */
  append(folderId: number, message: NewMessage, origin: object | null = null): number {
    const uid = this.#folders.takeUid(folderId);
    const headers = readHeaders(message.raw).headers;
    const subject = headerValue(headers, "subject");
    const content = this.#prepared("insert into content (raw) values (?)").run(message.raw);
    this.#prepared(
      `insert into message (folder_id, uid, flags, internal_date, size, message_id, subject, content_id)
         values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      folderId,
      uid,
      message.flags.join(" "),
      message.internalDate,
      message.raw.length,
      headerValue(headers, "message-id")?.trim() ?? null,
      subject === null ? null : decodeHeaderText(subject),
      content.lastInsertRowid,
    );
    this.#feed.publish({ folderId, kind: "appended", uid, origin });
    return uid;
  }

  uids(folderId: number): number[] {
    const rows = this.#prepared("select uid from message where folder_id = ? order by uid").all(folderId);
    return rows.map((row) => numberColumn(row, "uid"));
  }

  rows(folderId: number): MessageRow[] {
    const rows = this.#prepared(`select ${rowColumns} from message where folder_id = ? order by uid`).all(
      folderId,
    );
    return rows.map(messageOf);
  }

  get(folderId: number, uid: number): MessageRow | null {
    const row = this.#prepared(`select ${rowColumns} from message where folder_id = ? and uid = ?`).get(
      folderId,
      uid,
    );
    return row ? messageOf(row) : null;
  }

  /** The whole message as it arrived; null once it has been expunged. */
  raw(folderId: number, uid: number): Buffer | null {
    const bytes = this.#prepared(rawOfMessage).get(folderId, uid)?.["raw"];
    return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null;
  }

  summaries(folderId: number): MessageSummary[] {
    const rows = this.#prepared(
      "select uid, flags, message_id, subject from message where folder_id = ? order by uid",
    ).all(folderId);
    return rows.map((row) => ({
      uid: numberColumn(row, "uid"),
      flags: splitFlags(textColumn(row, "flags")),
      messageId: row["message_id"] === null ? null : textColumn(row, "message_id"),
      subject: row["subject"] === null ? null : textColumn(row, "subject"),
    }));
  }

  setFlags(folderId: number, uid: number, flags: string[], origin: object | null = null): void {
    const changed = this.#prepared("update message set flags = ? where folder_id = ? and uid = ?").run(
      flags.join(" "),
      folderId,
      uid,
    );
    if (changed.changes) this.#feed.publish({ folderId, kind: "flags", uid, origin });
  }

  /** Another content in place of the old one. IMAP contents never change (RFC 9051 2.3.1.1), so the UID does: it is returned. */
  rewrite(folderId: number, uid: number, message: Omit<NewMessage, "flags">): number {
    const { raw, internalDate } = message;
    const newUid = this.#folders.takeUid(folderId);
    const { headers } = readHeaders(raw);
    const subject = headerValue(headers, "subject");
    const replaced = this.#prepared("select content_id from message where folder_id = ? and uid = ?").get(
      folderId,
      uid,
    );
    const content = this.#prepared("insert into content (raw) values (?)").run(raw);
    this.#prepared(
      `update message set uid = ?, internal_date = ?, size = ?, message_id = ?, subject = ?, content_id = ?
         where folder_id = ? and uid = ?`,
    ).run(
      newUid,
      internalDate,
      raw.length,
      headerValue(headers, "message-id")?.trim() ?? null,
      subject === null ? null : decodeHeaderText(subject),
      content.lastInsertRowid,
      folderId,
      uid,
    );
    if (replaced) this.#forgetContent(numberColumn(replaced, "content_id"));
    this.#feed.publish({ folderId, kind: "expunged", uid, origin: null });
    this.#feed.publish({ folderId, kind: "appended", uid: newUid, origin: null });
    return newUid;
  }

  expunge(folderId: number, uid: number, origin: object | null = null): void {
    const gone = this.#prepared(
      "delete from message where folder_id = ? and uid = ? returning content_id",
    ).get(folderId, uid);
    if (!gone) return;
    this.#forgetContent(numberColumn(gone, "content_id"));
    this.#feed.publish({ folderId, kind: "expunged", uid, origin });
  }

  #forgetContent(contentId: number): void {
    this.#prepared(
      "delete from content where id = ? and not exists (select 1 from message where content_id = content.id)",
    ).run(contentId);
  }

  /** Copies a message and returns the copy's UID; null when the message is gone. */
  copy(folderId: number, uid: number, targetId: number, origin: object | null = null): number | null {
    if (!this.get(folderId, uid)) return null;
    const newUid = this.#folders.takeUid(targetId);
    this.#prepared(
      `insert into message (folder_id, uid, flags, internal_date, size, message_id, subject, content_id)
         select ?, ?, flags, internal_date, size, message_id, subject, content_id
         from message where folder_id = ? and uid = ?`,
    ).run(targetId, newUid, folderId, uid);
    this.#feed.publish({ folderId: targetId, kind: "appended", uid: newUid, origin });
    return newUid;
  }

  /** Moves a message, keeping its id, and returns its new UID; null when it is gone. */
  move(folderId: number, uid: number, targetId: number, origin: object | null = null): number | null {
    if (!this.get(folderId, uid)) return null;
    const newUid = this.#folders.takeUid(targetId);
    this.#prepared("update message set folder_id = ?, uid = ? where folder_id = ? and uid = ?").run(
      targetId,
      newUid,
      folderId,
      uid,
    );
    this.#feed.publish({ folderId, kind: "expunged", uid, origin });
    this.#feed.publish({ folderId: targetId, kind: "appended", uid: newUid, origin });
    return newUid;
  }
}

function splitFlags(text: string): string[] {
  return text.split(" ").filter(Boolean);
}

function messageOf(row: Record<string, unknown>): MessageRow {
  return {
    id: numberColumn(row, "id"),
    uid: numberColumn(row, "uid"),
    flags: splitFlags(textColumn(row, "flags")),
    internalDate: numberColumn(row, "internal_date"),
    size: numberColumn(row, "size"),
  };
}

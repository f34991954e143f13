/**
 * The sandbox's mail database: one SQLite file, write-ahead logged, so that what a client was told
 * is stored survives `kill -9` of the process.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { addItemTables } from "./item-schema.ts";

/** Contents stand apart: a change of flags then writes a short row, and copies share one content. */
const schema = `
create table if not exists mailbox (
  id integer primary key autoincrement,
  address text not null unique,
  created_at integer not null
);
create table if not exists folder (
  id integer primary key autoincrement,
  mailbox_id integer not null references mailbox (id),
  name text not null,
  role text not null,
  attributes text not null,
  uid_validity integer not null,
  uid_next integer not null default 1,
  subscribed integer not null default 1,
  unique (mailbox_id, name)
);
create table if not exists content (
  id integer primary key autoincrement,
  raw blob not null
);
create table if not exists message (
  id integer primary key autoincrement,
  folder_id integer not null references folder (id),
  uid integer not null,
  flags text not null,
  internal_date integer not null,
  size integer not null,
  message_id text,
  subject text,
  content_id integer not null references content (id),
  unique (folder_id, uid)
);
create index if not exists message_content on message (content_id);
`;

/** Opens, and where needed creates, the database in `dataDir` (which must exist); `now` in milliseconds since 1970. */
export function openMailDatabase(dataDir: string, now: () => number): DatabaseSync {
  const database = new DatabaseSync(join(dataDir, "mail.sqlite"));
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;");
  database.exec(schema);
  addItemTables(database, now);
  return database;
}

/** A column as a number; SQLite's own typing is dynamic, so rows are read through these two. */
export function numberColumn(row: Record<string, unknown>, name: string): number {
  const value = row[name];
  if (typeof value !== "number") throw new Error(`column ${name} is not a number`);
  return value;
}

export function textColumn(row: Record<string, unknown>, name: string): string {
  const value = row[name];
  if (typeof value !== "string") throw new Error(`column ${name} is not text`);
  return value;
}

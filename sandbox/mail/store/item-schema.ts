/**
 * What Exchange keeps of an item beyond what IMAP shows, and the log of changes that Graph's delta reads. Triggers write
 * both, so that a change is logged whichever front made it.
 */
import type { DatabaseSync } from "node:sqlite";

const tables = `
-- entry: raised by every move, and part of the ids that do not survive one. change: raised by every change.
create table if not exists item (
  message_id integer primary key,
  entry integer not null default 1,
  change integer not null default 1,
  changed_at integer not null,
  categories text not null default '[]',
  follow_up text not null default 'null'
);
-- The last change of each stay of a message in a folder; a newer change takes the place of the older one. Who comes back
-- begins another stay, under another entry: the id it had before is gone for good, and that must be told, too.
create table if not exists item_change (
  seq integer primary key autoincrement,
  folder_id integer not null,
  message_id integer not null,
  entry integer not null,
  gone integer not null,
  born integer not null,
  unique (folder_id, message_id, entry)
);
create table if not exists folder_change (
  seq integer primary key autoincrement,
  mailbox_id integer not null,
  folder_id integer not null unique,
  gone integer not null
);
-- Tokens of delta rounds begun before the epoch was raised are refused.
create table if not exists sync_epoch (
  mailbox_id integer primary key,
  epoch integer not null
);
create index if not exists message_folder_date on message (folder_id, internal_date);
`;

const nextSeq = "(select coalesce(max(seq), 0) + 1 from item_change)";

const put = (row: string, born: string): string => `
  insert or replace into item_change (folder_id, message_id, entry, gone, born)
  select ${row}.folder_id, ${row}.id, entry, 0, ${born} from item where message_id = ${row}.id;`;

const gone = `
  insert or replace into item_change (folder_id, message_id, entry, gone, born)
  select old.folder_id, old.id, entry, 1, 0 from item where message_id = old.id;`;

const kept = `coalesce((select born from item_change
  where folder_id = new.folder_id and message_id = new.id and gone = 0), ${nextSeq})`;

const triggers = `
create trigger if not exists message_added after insert on message begin
  insert into item (message_id, changed_at) values (new.id, now_ms());
  ${put("new", nextSeq)}
end;
create trigger if not exists message_removed before delete on message begin
  ${gone}
end;
create trigger if not exists message_forgotten after delete on message begin
  delete from item where message_id = old.id;
end;
create trigger if not exists message_moved after update of folder_id on message
when old.folder_id <> new.folder_id begin
  ${gone}
  update item set entry = entry + 1, change = change + 1, changed_at = now_ms() where message_id = new.id;
  ${put("new", nextSeq)}
end;
create trigger if not exists message_flagged after update of flags on message
when old.flags <> new.flags begin
  update item set change = change + 1, changed_at = now_ms() where message_id = new.id;
  ${put("new", kept)}
end;
-- Another content is told in full, as if the message were new.
create trigger if not exists message_rewritten after update of content_id on message
when old.content_id <> new.content_id begin
  update item set change = change + 1, changed_at = now_ms() where message_id = new.id;
  ${put("new", nextSeq)}
end;
create trigger if not exists item_changed after update of categories, follow_up on item
when old.categories <> new.categories or old.follow_up <> new.follow_up begin
  update item set change = change + 1, changed_at = now_ms() where message_id = new.message_id;
  insert or replace into item_change (folder_id, message_id, entry, gone, born)
  select folder_id, message_id, new.entry, 0, born from item_change
  where message_id = new.message_id and gone = 0;
end;
create trigger if not exists folder_added after insert on folder begin
  insert or replace into folder_change (mailbox_id, folder_id, gone) values (new.mailbox_id, new.id, 0);
end;
create trigger if not exists folder_renamed after update of name on folder when old.name <> new.name begin
  insert or replace into folder_change (mailbox_id, folder_id, gone) values (new.mailbox_id, new.id, 0);
end;
create trigger if not exists folder_removed after delete on folder begin
  insert or replace into folder_change (mailbox_id, folder_id, gone) values (old.mailbox_id, old.id, 1);
end;
`;

/** Mailboxes made before this log was kept. */
const catchUp = `
insert into item (message_id, changed_at)
  select id, internal_date from message where id not in (select message_id from item);
insert into item_change (folder_id, message_id, entry, gone, born)
  select folder_id, id, (select entry from item where message_id = message.id), 0, 0 from message
  where id not in (select message_id from item_change where gone = 0) order by id;
insert into folder_change (mailbox_id, folder_id, gone)
  select mailbox_id, id, 0 from folder where id not in (select folder_id from folder_change);
`;

/** A log made when a return took the place of the leaving before it. */
const oldKey = "unique (folder_id, message_id)";

const rekeyed = `
pragma legacy_alter_table = on;
alter table item_change rename to item_change_before;
${tables}
insert into item_change select * from item_change_before;
drop table item_change_before;
pragma legacy_alter_table = off;
`;

function rekeyLog(database: DatabaseSync): void {
  const found = database.prepare("select sql from sqlite_schema where name = 'item_change'").get();
  if (String(found?.["sql"]).includes(oldKey)) database.exec(`begin; ${rekeyed} commit;`);
}

/** Adds the tables and triggers; `now` in milliseconds since 1970. */
export function addItemTables(database: DatabaseSync, now: () => number): void {
  database.function("now_ms", () => now());
  database.exec(tables);
  rekeyLog(database);
  database.exec(catchUp + triggers);
}

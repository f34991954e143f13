/**
 * Delta queries of folders and of a folder's messages.
 * https://learn.microsoft.com/graph/delta-query-messages, https://learn.microsoft.com/graph/delta-query-overview
 *
 *   first request ── nextLink ($skiptoken) ──▶ … ──▶ last page: deltaLink ($deltatoken) ── next round ──▶ …
 *
 * The first round shows what was in the folder at its beginning, newest first, then, as every later round, the log of
 * changes since. The log has only the last change of each message: who changes during a round comes (again) at its end.
 */
import { createHash } from "node:crypto";
import type { Item, ItemChange } from "../mail/store/item-store.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { preferences } from "./call.ts";
import { badRequest, GraphError, syncStateGone } from "./errors.ts";
import { findMessageFolder, folderResource, folderSelect } from "./folders.ts";
import { mailRoles } from "./folder-names.ts";
import { folderId, messageId } from "./ids.ts";
import { viewOf } from "./find-message.ts";
import { extended, messageSelect } from "./message-lists.ts";
import { messageResource } from "./message-view.ts";
import { readQueryOptions } from "./odata.ts";
import { addressOf } from "./paging.ts";

/** A page's size where the client wants none, and the most it gets (not published). */
const defaultPage = 10;
const largestPage = 512;
/** A filtered round ends silently here (message-delta). */
const mostFiltered = 5000;

type ChangeType = "created" | "updated" | "deleted";

/** What a token says: the state of a round, kept by the client. */
type Round = {
  /** Folder; 0 is the delta of folders themselves. */
  folder: number;
  epoch: number;
  immutable: boolean;
  /** The first round: where it stands in the messages that were there, null once these are told. */
  showing: { date: number; id: number } | "begin" | null;
  /** Changes up to this number have been told, or were there to be shown. */
  after: number;
  /** Where the round began: what was born later is created, the rest updated. */
  since: number;
  isFirst: boolean;
  shown: number;
  select: string[] | null;
  expand: string | null;
  filter: string | null;
  changeType: ChangeType | null;
  page: number | null;
};

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 12);

const writeToken = (round: Round): string => {
  const text = Buffer.from(JSON.stringify(round)).toString("base64url");
  return `${text}.${digest(text)}`;
};

/** @throws GraphError for a token that is none, is worn out, or was made with another kind of ids */
function readToken(mailbox: OpenMailbox, token: string, folder: number): Round {
  const [text = "", check] = token.split(".");
  if (check !== digest(text)) throw badRequest("Badly formed content.");
  const round = JSON.parse(Buffer.from(text, "base64url").toString()) as Round;
  if (round.folder !== folder) throw badRequest("Badly formed content.");
  if (round.epoch !== mailbox.context.store.items.epoch(mailbox.mailboxId)) throw syncStateGone();
  if (round.immutable !== mailbox.immutableIds && folder !== 0) {
    throw new GraphError(400, "SyncStateInvalid", "The sync state is invalid for this kind of identifiers.");
  }
  mailbox.context.faults.refuseDelta(mailbox.mailboxId);
  return round;
}

function roundOf(mailbox: OpenMailbox, folder: number): Round {
  const { query } = mailbox.call;
  const token = query.get("$skiptoken") ?? query.get("$deltatoken");
  if (token !== null && token.toLowerCase() !== "latest") return readToken(mailbox, token, folder);
  const options = readQueryOptions(query);
  if (options.search !== null) throw unsupported("$search");
  const { items } = mailbox.context.store;
  const last = items.lastChange(folder === 0 ? "folder_change" : "item_change");
  const changeType = query.get("changeType") as ChangeType | null;
  if (changeType !== null && !["created", "updated", "deleted"].includes(changeType)) {
    throw badRequest(`The value '${changeType}' of changeType is not valid.`);
  }
  if (options.orderBy !== null) checkOrder(options.orderBy);
  const isLatest = token !== null;
  return {
    folder,
    epoch: items.epoch(mailbox.mailboxId),
    immutable: mailbox.immutableIds,
    showing: isLatest ? null : "begin",
    after: folder === 0 && !isLatest ? 0 : last,
    since: isLatest ? last : 0,
    isFirst: !isLatest,
    shown: 0,
    select: folder === 0 ? folderSelect(options.select) : messageSelect(options.select),
    expand: query.get("$expand"),
    filter: checkedFilter(options.filter, folder),
    changeType,
    page: options.top,
  };
}

const unsupported = (name: string): GraphError =>
  new GraphError(
    400,
    "ErrorInvalidUrlQuery",
    `The following parameters are not supported with change tracking over the 'Messages' resource: '${name}'.`,
  );

function checkedFilter(filter: string | null, folder: number): string | null {
  if (filter === null) return null;
  if (folder === 0 || !/^\s*receivedDateTime\s+(ge|gt)\s+\S+\s*$/i.test(filter)) throw unsupported("$filter");
  if (Number.isNaN(earliest(filter))) throw unsupported("$filter");
  return filter;
}

/** Newest first is the one order there is. */
function checkOrder(order: { property: string; descending: boolean }): void {
  if (order.property.toLowerCase() !== "receiveddatetime" || !order.descending) throw unsupported("$orderby");
}

function pageSize(mailbox: OpenMailbox, round: Round): number {
  const asked = Number(preferences(mailbox.call).get("odata.maxpagesize") ?? round.page ?? defaultPage);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, largestPage) : defaultPage;
}

export function messagesDelta(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const folder = findMessageFolder(mailbox, id);
  const round = roundOf(mailbox, folder.id);
  const size = pageSize(mailbox, round);
  const page = round.showing === null ? changesPage(mailbox, round, size) : firstPage(mailbox, round, size);
  return delta(mailbox, page, "Collection(message)");
}

type Page = { value: object[]; isLast: boolean; next: Round };

/** What was there when the first round began, and has not changed since. */
function firstPage(mailbox: OpenMailbox, round: Round, size: number): Page {
  const { items } = mailbox.context.store;
  const left = round.filter === null ? size : Math.min(size, mostFiltered - round.shown);
  const found = items.unchanged({
    folderId: round.folder,
    upTo: round.after,
    before: round.showing === "begin" ? null : round.showing,
    from: round.filter === null ? null : earliest(round.filter),
    limit: left,
  });
  const shown = round.shown + found.length;
  const last = found.at(-1);
  const isAll = found.length < left || (round.filter !== null && shown >= mostFiltered);
  const showing = isAll || !last ? null : { date: last.internalDate, id: last.id };
  const value = found.map((item) => full(mailbox, round, item));
  return { value, isLast: false, next: { ...round, shown, showing } };
}

function changesPage(mailbox: OpenMailbox, round: Round, size: number): Page {
  const { store, faults } = mailbox.context;
  const changes = store.items.changesOf(round.folder, round.after, size);
  const repeated = faults.strikes(mailbox.mailboxId, "replays")
    ? store.items.changesOf(round.folder, Math.max(0, round.after - size), size)
    : [];
  const replayed = repeated.filter((change) => change.seq <= round.after && !change.gone);
  const value = [...replayed, ...changes].flatMap((change) => entryOf(mailbox, round, change) ?? []);
  const after = changes.at(-1)?.seq ?? round.after;
  return { value, isLast: changes.length < size, next: { ...round, after } };
}

function entryOf(mailbox: OpenMailbox, round: Round, change: ItemChange): object | null {
  const item = mailbox.context.store.items.find(change.messageId);
  if (change.gone) {
    // An immutable id that left and is back is told by its coming alone.
    return mailbox.immutableIds && item?.folderId === round.folder ? null : removed(mailbox, round, change);
  }
  if (!item) return null;
  const type = change.born > round.since ? "created" : "updated";
  if (!round.isFirst && round.changeType !== null && type !== round.changeType) return null;
  if (round.filter !== null && item.internalDate < earliest(round.filter)) return null;
  const isKnown = !round.isFirst && type === "updated" && round.filter === null;
  return isKnown ? updated(mailbox, round, item) : full(mailbox, round, item);
}

function full(mailbox: OpenMailbox, round: Round, item: Item): object {
  const view = viewOf(mailbox, item);
  return {
    "@odata.type": "#microsoft.graph.message",
    ...messageResource(view, round.select),
    ...extended(mailbox, view, round.expand),
  };
}

/** "Updated instances are represented by their id with at least the properties that have been updated." */
const changeable = ["lastModifiedDateTime", "changeKey", "categories", "isRead", "isDraft", "flag"];

function updated(mailbox: OpenMailbox, { select }: Round, item: Item): object {
  const names = changeable.filter((name) => select === null || select.includes(name));
  return { "@odata.type": "#microsoft.graph.message", ...messageResource(viewOf(mailbox, item), names) };
}

function removed(mailbox: OpenMailbox, { changeType }: Round, change: ItemChange): object | null {
  if (changeType !== null && changeType !== "deleted") return null;
  const { mailboxId } = mailbox;
  const id = messageId({ mailboxId, id: change.messageId, entry: change.entry }, mailbox.immutableIds);
  return { "@odata.type": "#microsoft.graph.message", id, "@removed": { reason: "deleted" } };
}

/** Milliseconds since 1970 of a filter that has passed `checkedFilter`. */
function earliest(filter: string): number {
  const [, operator = "", date = ""] = /\s(ge|gt)\s+(\S+)/i.exec(filter) ?? [];
  return Date.parse(date) + (operator.toLowerCase() === "gt" ? 1 : 0);
}

function delta(mailbox: OpenMailbox, { value, isLast, next }: Page, type: string): GraphAnswer {
  const ended: Round = { ...next, isFirst: false, since: next.after, shown: 0 };
  const link = isLast
    ? { "@odata.deltaLink": addressOf(mailbox, new URLSearchParams({ $deltatoken: writeToken(ended) })) }
    : { "@odata.nextLink": addressOf(mailbox, new URLSearchParams({ $skiptoken: writeToken(next) })) };
  const applied = preferences(mailbox.call).get("odata.maxpagesize");
  return {
    status: 200,
    headers: applied === undefined ? {} : { "preference-applied": `odata.maxpagesize=${applied}` },
    body: { "@odata.context": `${mailbox.context.graphUrl}/v1.0/$metadata#${type}`, ...link, value },
  };
}

export function foldersDelta(mailbox: OpenMailbox): GraphAnswer {
  const { context, mailboxId } = mailbox;
  const round = roundOf(mailbox, 0);
  const size = pageSize(mailbox, round);
  const changes = context.store.items.folderChanges(mailboxId, round.after, size);
  const value = changes.flatMap((change) => {
    const id = folderId(mailboxId, change.folderId);
    if (change.gone) {
      // A client that has heard of no folder yet needs not hear of this one.
      if (round.isFirst) return [];
      return [{ "@odata.type": "#microsoft.graph.mailFolder", id, "@removed": { reason: "deleted" } }];
    }
    const folder = context.store.folders.byId(change.folderId);
    if (!folder || !mailRoles.has(folder.role)) return [];
    return [
      { "@odata.type": "#microsoft.graph.mailFolder", ...folderResource(mailbox, folder, round.select) },
    ];
  });
  const next = { ...round, after: changes.at(-1)?.seq ?? round.after };
  return delta(mailbox, { value, isLast: changes.length < size, next }, "Collection(mailFolder)");
}

/** Reading messages: one, or a list. https://learn.microsoft.com/graph/api/user-list-messages */
import type { Item } from "../mail/store/item-store.ts";
import { attachmentResource } from "./attachments.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { badRequest } from "./errors.ts";
import { readFilter } from "./filter.ts";
import type { Values } from "./filter.ts";
import { findMessage, viewOf } from "./find-message.ts";
import { findMessageFolder } from "./folders.ts";
import { allText } from "./message-content.ts";
import { extendedProperty, messageProperties, messageResource } from "./message-view.ts";
import type { MessageView } from "./message-view.ts";
import { knownSelect, readQueryOptions } from "./odata.ts";
import type { Expansion, QueryOptions } from "./odata.ts";
import { pageOf } from "./paging.ts";

const propertyNames = Object.keys(messageProperties);

export const messageSelect = (select: string[] | null): string[] | null =>
  knownSelect(select, propertyNames, "message");

/** What $expand adds: attachments, and MAPI properties by their tags. */
export function extended(mailbox: OpenMailbox, view: MessageView, expand: string | null): object {
  if (expand === null) return {};
  const expansions = readQueryOptions(new URLSearchParams({ $expand: expand })).expand;
  return Object.assign({}, ...expansions.map((one) => expanded(mailbox, view, one)));
}

function expanded(mailbox: OpenMailbox, view: MessageView, expansion: Expansion): object {
  switch (expansion.name.toLowerCase()) {
    case "attachments":
      return {
        attachments: view.content.attachments.map((_, index) =>
          attachmentResource(view, index, { select: expansion.select, withBytes: true }),
        ),
      };
    case "singlevalueextendedproperties":
      return extendedProperties(view, expansion.filter ?? "");
    case "multivalueextendedproperties":
    case "extensions":
      return {};
    default:
      throw badRequest(
        `Could not find a property named '${expansion.name}' on type 'microsoft.graph.message'.`,
      );
  }
}

function extendedProperties(view: MessageView, filter: string): object {
  const ids = [...filter.matchAll(/id\s+eq\s+'([^']*)'/gi)].map(([, id = ""]) => id);
  const found = ids.flatMap((id) => {
    const value = extendedProperty(view, id);
    const shown = id
      .replace(/0x0+(?=[0-9a-f])/i, "0x")
      .replace(/0x([0-9A-F]+)/, (_, tag: string) => `0x${tag.toLowerCase()}`);
    return value === null ? [] : [{ id: shown, value }];
  });
  return found.length === 0 ? {} : { singleValueExtendedProperties: found };
}

const valuesOf =
  (view: MessageView): Values =>
  (path) => {
    if (path.toLowerCase() === "id") return view.id;
    const [name = "", ...rest] = path.split("/");
    const proper = propertyNames.find((one) => one.toLowerCase() === name.toLowerCase());
    if (proper === undefined)
      throw badRequest(`Could not find a property named '${name}' on type 'microsoft.graph.message'.`);
    let value: unknown = messageProperties[proper]?.(view);
    for (const step of rest)
      value = typeof value === "object" && value !== null ? Reflect.get(value, step) : null;
    return value;
  };

function chosen(mailbox: OpenMailbox, options: QueryOptions, items: Item[]): Item[] {
  const filter = options.filter === null ? null : readFilter(options.filter);
  const word = options.search?.replaceAll('"', "").toLowerCase() ?? null;
  const found = items.filter((item) => {
    const view = viewOf(mailbox, item);
    if (filter && !filter(valuesOf(view))) return false;
    return word === null || matches(view, word);
  });
  return options.orderBy === null ? found : sorted(mailbox, found, options.orderBy);
}

/** $search in its simple form: the words in subject, addresses or body. */
const matches = (view: MessageView, word: string): boolean =>
  [view.header("from"), view.header("to"), view.item.subject, allText(view.raw)]
    .join("\n")
    .toLowerCase()
    .includes(word);

function sorted(mailbox: OpenMailbox, items: Item[], order: NonNullable<QueryOptions["orderBy"]>): Item[] {
  const keyed = items.map((item) => {
    const value = valuesOf(viewOf(mailbox, item))(order.property);
    return { item, key: typeof value === "string" ? value.toLowerCase() : String(value) };
  });
  const direction = order.descending ? -1 : 1;
  keyed.sort((a, b) => (a.key < b.key ? -direction : a.key > b.key ? direction : 0));
  return keyed.map(({ item }) => item);
}

export function listMessages(mailbox: OpenMailbox, [folder]: string[]): GraphAnswer {
  const { call, context, mailboxId, owner } = mailbox;
  const options = readQueryOptions(call.query);
  const select = messageSelect(options.select);
  const folderId = folder === undefined ? null : findMessageFolder(mailbox, folder).id;
  const items = chosen(mailbox, options, context.store.items.list({ mailboxId, folderId }));
  const expand = call.query.get("$expand");
  const what = `users('${encodeURIComponent(owner.address)}')/messages`;
  return pageOf(mailbox, options, items, what, (item) => {
    const view = viewOf(mailbox, item);
    return { ...messageResource(view, select), ...extended(mailbox, view, expand) };
  });
}

export function countMessages(mailbox: OpenMailbox, [folder]: string[]): GraphAnswer {
  const { call, context, mailboxId } = mailbox;
  const folderId = folder === undefined ? null : findMessageFolder(mailbox, folder).id;
  const options = readQueryOptions(call.query);
  const items = chosen(mailbox, options, context.store.items.list({ mailboxId, folderId }));
  return {
    status: 200,
    headers: { "content-type": "text/plain" },
    body: Buffer.from(String(items.length)),
  };
}

/** The answer that shows one message, as GET, PATCH, move and the like give it. */
export function answerMessage(mailbox: OpenMailbox, status: number, item: Item): GraphAnswer {
  const select = messageSelect(readQueryOptions(mailbox.call.query).select);
  const view = viewOf(mailbox, item);
  const context = `${mailbox.context.graphUrl}/v1.0/$metadata#users('${encodeURIComponent(mailbox.owner.address)}')/messages/$entity`;
  const wantsText = view.options.body === "text";
  return {
    status,
    headers: wantsText ? { "preference-applied": 'outlook.body-content-type="text"' } : {},
    body: {
      "@odata.context": context,
      ...messageResource(view, select),
      ...extended(mailbox, view, mailbox.call.query.get("$expand")),
    },
  };
}

export const getMessage = (mailbox: OpenMailbox, [id = "", folder]: string[]): GraphAnswer =>
  answerMessage(mailbox, 200, findMessage(mailbox, id, folder));

/** The message in MIME. https://learn.microsoft.com/graph/outlook-get-mime-message */
export function getMime(mailbox: OpenMailbox, [id = "", folder]: string[]): GraphAnswer {
  const view = viewOf(mailbox, findMessage(mailbox, id, folder));
  return { status: 200, headers: { "content-type": "text/plain" }, body: view.handOutMime() };
}

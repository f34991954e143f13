/**
 * Messages with their content (MailSource.fetch, fetchPart): raw MIME by `/$value`, 20 in a batch. A message with large
 * attachments comes in two phases: its text and what is attached at once, each attachment when it is asked for
 * (`/attachments/{id}/$value`, so that a Graph part path is an attachment's id). Headers alone come by the page.
 */
import { z } from "zod";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { FetchedMessage, FetchedTextPart, RemoteKey, RemotePart } from "../mail-source.ts";
import { extractPart } from "../mime/structure.ts";
import type { Part, PartAnswer } from "./batch.ts";
import { isWhole } from "./delta.ts";
import { attachmentsOf, type AttachedFile } from "./attachments.ts";
import type { GraphParts } from "./graph-parts.ts";
import { odataTime, query } from "./links.ts";
import { describedSchema, describedSelect, headerBlock, type Described } from "./mime-header.ts";
import { flagsOf, itemSchema, itemSelect, receivedMs, storedSize, type Item } from "./schemas.ts";

export type FetchWhat = "auto" | "source" | "header";

/** Messages whose attachments are larger together are not fetched whole. */
const largeBytes = 1024 * 1024;
const atOnce = 20;
const headersAtOnce = 200;
const headersAPage = 100;
/** Fewer are asked for one by one. */
const fewHeaders = 10;
const rawCapBytes = 64 * 1024 * 1024;
const longMs = 300_000;

export const messagePath = (key: RemoteKey): string => `/messages/${encodeURIComponent(key)}`;

/** Yields the messages that the server still gives something for, in the order of `keys`, a batch at a time. */
export async function* fetchMessages(
  parts: GraphParts,
  folderId: string,
  keys: readonly RemoteKey[],
  what: FetchWhat,
): AsyncGenerator<FetchedMessage> {
  const size = what === "header" ? headersAtOnce : atOnce;
  const groups = Array.from({ length: Math.ceil(keys.length / size) }, (_, n) =>
    keys.slice(n * size, (n + 1) * size),
  );
  // While the caller works on one group the next one is under way.
  let next: Promise<FetchedMessage[]> | undefined;
  try {
    for (const [index, group] of groups.entries()) {
      const current = await (next ?? fetchGroup(parts, folderId, group, what));
      const following = groups[index + 1];
      next = following === undefined ? undefined : fetchGroup(parts, folderId, following, what);
      next?.catch(() => undefined); // it is awaited in the next round, or nobody wants it any more
      yield* current;
    }
  } finally {
    await next?.catch(() => undefined);
  }
}

async function fetchGroup(
  parts: GraphParts,
  folderId: string,
  keys: readonly RemoteKey[],
  what: FetchWhat,
): Promise<FetchedMessage[]> {
  if (what === "header") return fetchHeaders(parts, folderId, keys);
  const items = await itemsOf(parts, keys);
  const attached = what === "source" ? new Map<string, AttachedFile[]>() : await largeOnes(parts, items);
  const whole = items.filter(({ id }) => !attached.has(id));
  const found = new Map<RemoteKey, FetchedMessage>();
  for (const message of [...(await fetchWhole(parts, whole)), ...(await fetchLarge(parts, items, attached))])
    found.set(message.key, message);
  return keys.flatMap((key) => found.get(key) ?? []);
}

/** From the listings, else asked for; who is gone is left out. */
async function itemsOf(parts: GraphParts, keys: readonly RemoteKey[]): Promise<Item[]> {
  const unknown = keys.filter((key) => !isKnown(parts.metas.get(key)));
  const answers = await ask(
    parts,
    unknown.map((key) => ({ path: `${messagePath(key)}${query({ $select: itemSelect })}` })),
  );
  for (const [index, answer] of answers.entries()) {
    const item = answer === null ? undefined : itemSchema.safeParse(answer).data;
    if (item !== undefined) parts.metas.note([{ ...item, id: unknown[index]! }]);
  }
  return keys.flatMap((key) => parts.metas.get(key) ?? []);
}

const isKnown = (item: Item | undefined): boolean =>
  item !== undefined &&
  isWhole({ ...item, flag: item.flag ?? {} }) &&
  typeof item.hasAttachments === "boolean";

/** JSON of each part; null for what is gone. @throws what else was refused */
async function ask(parts: GraphParts, wanted: readonly Part[]): Promise<unknown[]> {
  const options = { what: "reading messages", subject: "message", urgency: "bulk" } as const;
  const answers = await parts.batcher.run(wanted, options);
  return answers.map((answer) => {
    if (answer.ok) return answer.json;
    const error = parts.client.errorOf(answer.refusal, options);
    if (isHitchpostError(error, "message_gone")) return null;
    throw error;
  });
}

async function largeOnes(parts: GraphParts, items: readonly Item[]): Promise<Map<string, AttachedFile[]>> {
  // Where the whole is small, no list of what is attached is needed to know it.
  const suspects = items.filter(
    (item) => item.hasAttachments === true && (storedSize(item) ?? Infinity) > largeBytes,
  );
  const lists = await attachmentsOf(
    parts,
    suspects.map(({ id }) => id),
  );
  return new Map(
    suspects.flatMap(({ id }, index): [string, AttachedFile[]][] => {
      const files = lists[index] ?? null;
      return files !== null && files.reduce((sum, { size }) => sum + size, 0) > largeBytes
        ? [[id, files]]
        : [];
    }),
  );
}

async function fetchWhole(parts: GraphParts, items: readonly Item[]): Promise<FetchedMessage[]> {
  const options = { what: "reading messages", subject: "message", urgency: "bulk", content: "mime" } as const;
  const answers = await parts.batcher.run(
    items.map(({ id }) => ({ path: `${messagePath(id)}/$value` })),
    options,
  );
  return items.flatMap((item, index) => wholeMessage(parts, item, answers[index]!, options));
}

function wholeMessage(
  parts: GraphParts,
  item: Item,
  answer: PartAnswer,
  options: { what: string; subject: "message" },
): FetchedMessage[] {
  if (answer.ok) {
    const raw = answer.bytes ?? Buffer.alloc(0);
    const content: FetchedMessage["content"] =
      raw.length === 0
        ? { kind: "unreadable", reason: "the server gives no content" }
        : { kind: "source", raw };
    return [message(item, raw.length, content)];
  }
  const error = parts.client.errorOf(answer.refusal, options);
  if (error.code === "message_gone") return [];
  // That one message is refused: Exchange cannot make MIME of every item.
  if (error.code === "protocol_error" || error.details["reason"] === "passing")
    return [message(item, 0, { kind: "unreadable", reason: error.details.response ?? error.code })];
  throw error;
}

const message = (item: Item, sizeBytes: number, content: FetchedMessage["content"]): FetchedMessage => ({
  key: item.id,
  flags: flagsOf(item) ?? [],
  internalDateMs: receivedMs(item),
  sizeBytes,
  structureDigest: null,
  content,
});

const bodySchema = z.object({
  body: z
    .object({ contentType: z.string().nullish(), content: z.string().nullish() })
    .nullish()
    .catch(undefined),
});

async function fetchLarge(
  parts: GraphParts,
  items: readonly Item[],
  attached: ReadonlyMap<string, AttachedFile[]>,
): Promise<FetchedMessage[]> {
  const large = items.filter(({ id }) => attached.has(id));
  const answers = await ask(
    parts,
    large.map(({ id }) => ({ path: `${messagePath(id)}${query({ $select: `${describedSelect},body` })}` })),
  );
  return large.flatMap((item, index) => {
    const described = describedSchema.and(bodySchema).safeParse(answers[index]).data;
    if (described === undefined) return [];
    const files = attached.get(item.id) ?? [];
    const text = textPart(described.body?.contentType ?? "html", described.body?.content ?? "");
    const sizeBytes = files.reduce((sum, { size }) => sum + size, text.sizeBytes);
    return [
      message(item, sizeBytes, {
        kind: "parts",
        parts: { header: headerBlock(described), text: [text], attachments: files.map(remotePart) },
      }),
    ];
  });
}

function textPart(contentType: string, content: string): FetchedTextPart {
  const body = Buffer.from(content, "utf8");
  return {
    partPath: "body",
    contentType: contentType.toLowerCase() === "text" ? "text/plain" : "text/html",
    filename: null,
    contentId: null,
    disposition: null,
    encoding: "8bit",
    sizeBytes: body.length,
    charset: "utf-8",
    body,
    truncated: false,
  };
}

const remotePart = ({ id, name, contentType, contentId, isInline, size }: AttachedFile): RemotePart => ({
  partPath: id,
  contentType,
  filename: name,
  contentId,
  disposition: isInline ? "inline" : "attachment",
  encoding: "binary",
  sizeBytes: size,
});

/** By the page, where the keys' dates say which: one request for a hundred; who is not among them is asked for alone. */
async function fetchHeaders(
  parts: GraphParts,
  folderId: string,
  keys: readonly RemoteKey[],
): Promise<FetchedMessage[]> {
  const listed = await listDescribed(parts, folderId, keys);
  const rest = await fetchDescribed(
    parts,
    keys.filter((key) => !listed.has(key)),
  );
  for (const one of rest) listed.set(one.key, one);
  return keys.flatMap((key) => listed.get(key) ?? []);
}

async function listDescribed(
  { client, metas }: GraphParts,
  folderId: string,
  keys: readonly RemoteKey[],
): Promise<Map<RemoteKey, FetchedMessage>> {
  const found = new Map<RemoteKey, FetchedMessage>();
  const dates = keys.flatMap((key) => receivedMs(metas.get(key) ?? {}) ?? []);
  if (dates.length < fewHeaders) return found;
  const wanted = new Set(keys);
  const span = `receivedDateTime ge ${odataTime(Math.min(...dates))} and receivedDateTime le ${odataTime(Math.max(...dates) + 999)}`;
  const options = query({
    $select: `${itemSelect},${describedSelect}`,
    $filter: span,
    $orderby: "receivedDateTime desc",
    $top: headersAPage,
  });
  const request = { what: "reading headers", subject: "folder", urgency: "bulk" } as const;
  let at: { path: string; root?: "link" } = {
    path: `/mailFolders/${encodeURIComponent(folderId)}/messages${options}`,
  };
  // Mail that is not asked for may stand between: after twice the pages that are needed, one by one is better.
  for (let pages = 0; pages < 2 * Math.ceil(keys.length / headersAPage); pages += 1) {
    const page = await client.json(describedPageSchema, { ...request, ...at });
    for (const one of page.value) if (wanted.has(one.id)) found.set(one.id, headerMessage(one.id, one, one));
    const next = page["@odata.nextLink"];
    if (next == null || found.size === wanted.size || page.value.length === 0) break;
    at = { path: next, root: "link" };
  }
  return found;
}

const describedPageSchema = z.object({
  value: z.array(itemSchema.and(describedSchema)),
  "@odata.nextLink": z.string().nullish(),
});

function headerMessage(key: RemoteKey, item: Item, described: Described): FetchedMessage {
  const content = { header: headerBlock(described), text: [], attachments: [] };
  return message({ ...item, id: key }, 0, { kind: "parts", parts: content });
}

async function fetchDescribed(parts: GraphParts, keys: readonly RemoteKey[]): Promise<FetchedMessage[]> {
  const answers = await ask(
    parts,
    keys.map((key) => ({
      path: `${messagePath(key)}${query({ $select: `${itemSelect},${describedSelect}` })}`,
    })),
  );
  return keys.flatMap((key, index) => {
    const item = itemSchema.safeParse(answers[index]).data;
    const described = describedSchema.safeParse(answers[index]).data;
    if (item === undefined || described === undefined) return [];
    return [headerMessage(key, item, described)];
  });
}

/**
 * @param partPath an attachment's id; a path of IMAP's numbering, kept from another transport, is looked up in the source
 * @throws message_gone; message_unreadable
 */
export async function fetchPart(
  parts: GraphParts,
  key: RemoteKey,
  partPath: string | null,
): Promise<Uint8Array> {
  const isId = partPath !== null && !/^\d+(\.\d+)*$/.test(partPath);
  const bytes = await octets(
    parts,
    isId
      ? `${messagePath(key)}/attachments/${encodeURIComponent(partPath)}/$value`
      : `${messagePath(key)}/$value`,
  );
  const part = isId || partPath === null ? bytes : extractPart(bytes, partPath);
  if (part === null)
    throw new HitchpostError("message_unreadable", `Message ${key} has no part ${partPath} at Graph.`);
  return part;
}

async function octets({ client }: GraphParts, path: string): Promise<Buffer> {
  try {
    const answer = await client.send({
      path,
      what: "reading a message",
      subject: "message",
      urgency: "urgent",
      capBytes: rawCapBytes,
      requestMs: longMs,
    });
    return answer.body;
  } catch (error) {
    if (!isHitchpostError(error, "protocol_error")) throw error;
    throw new HitchpostError("message_unreadable", "Graph does not give out this message.", {
      cause: error,
      details: error.details,
    });
  }
}

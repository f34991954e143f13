/** Keys → parsed items: fetch streams, worker threads parse beside it, what the server withholds is told apart. */
import { isHitchpostError } from "../core/errors.ts";
import type { FetchedMessage, MailSource, RemoteItem, RemoteKey } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import type { SyncFolder } from "./folder-rows.ts";
import type { IngestItem } from "./ingest.ts";
import { storedLocations } from "./ingest-rows.ts";
import { movedHere, type MovedItem } from "./moved.ts";
import { createOriginalWriter, keepsOriginals } from "./originals.ts";
import { placeholder } from "./stored-message.ts";

export interface FetchPlace extends Pick<SyncFolder, "id" | "path" | "epoch"> {
  epochKey: string;
  /** Somebody waits for these messages: they go before those of imports. */
  urgent?: boolean;
}

/**
 * Fetches and parses the items, in their order. An item that the server lists and gives nothing for is stored as
 * unreadable, not dropped (sync.md 5); one that was removed between listing and fetch is left out.
 *
 * @param stillListed asks the server again which of the missing keys it lists
 */
export async function fetchParsed(
  ctx: SyncContext,
  source: MailSource,
  folder: FetchPlace,
  items: readonly RemoteItem[],
  stillListed: (missing: ReadonlySet<RemoteKey>) => Promise<ReadonlySet<RemoteKey>>,
): Promise<IngestItem[]> {
  if (items.length === 0) return [];
  const [known, keeps] = await Promise.all([knownItems(ctx, source, folder, items), keepsOriginals(ctx)]);
  const unknown = items.filter((item) => !known.has(item.key)).map((item) => item.key);
  const what = keeps ? "source" : "auto";
  const parsed = new Map([...known, ...(await parseAll(ctx, source, folder, unknown, what))]);
  let missing = items.filter((item) => !parsed.has(item.key));
  if (missing.length > 0) {
    const again = await parseAll(
      ctx,
      source,
      folder,
      missing.map((item) => item.key),
      what,
    );
    for (const [key, item] of again) parsed.set(key, item);
    missing = missing.filter((item) => !parsed.has(item.key));
  }
  if (missing.length > 0) {
    const listed = await stillListed(new Set(missing.map((item) => item.key)));
    for (const item of missing) if (listed.has(item.key)) parsed.set(item.key, unreadable(folder, item));
    ctx.log.warn(
      { folder: folder.path, unreadable: listed.size, removed: missing.length - listed.size },
      "items without content",
    );
  }
  return items.flatMap((item) => parsed.get(item.key) ?? []);
}

/**
 * What is stored already (a batch whose end was lost, a move of ours, of some sources any move) is not fetched again: only its
 * flags count.
 */
async function knownItems(
  ctx: SyncContext,
  { keysSpan }: MailSource,
  folder: FetchPlace,
  items: readonly RemoteItem[],
): Promise<Map<RemoteKey, IngestItem>> {
  const place = { mailboxId: ctx.mailboxId, folderId: folder.id, epoch: folder.epoch };
  const stored = await storedLocations(
    ctx.tenant,
    place,
    items.map((item) => item.key),
  );
  const unknown = items.map(({ key }) => key).filter((key) => !stored.has(key));
  const moved =
    keysSpan === "mailbox"
      ? await movedHere(ctx.tenant, place, unknown, ctx.left)
      : new Map<RemoteKey, MovedItem>();
  return new Map(
    items.flatMap(({ key, flags }) => {
      const known = stored.get(key) ?? moved.get(key);
      if (known === undefined) return [];
      const item = unreadable(folder, { key, flags: flags ?? known.flags });
      return [
        [key, { ...item, headerOnly: true as const, ...(moved.has(key) && { sameAs: known.messageId }) }],
      ];
    }),
  );
}

/** Key → item, for those keys that the server gave something for. `source`: their originals are kept. */
export async function parseAll(
  ctx: SyncContext,
  source: MailSource,
  folder: FetchPlace,
  keys: RemoteKey[],
  what: "auto" | "source" | "header",
): Promise<Map<RemoteKey, IngestItem>> {
  if (keys.length === 0) return new Map();
  const parses: Promise<IngestItem>[] = [];
  const writer = what === "source" && ctx.blobs !== null ? createOriginalWriter(ctx.blobs) : null;
  try {
    for await (const fetched of source.fetch(folder.path, folder.epochKey, keys, what)) {
      parses.push(parseOne(ctx, folder, fetched));
      const { key, content } = fetched;
      if (content.kind === "source") await writer?.add(key, content.raw);
      if (folder.urgent === true) continue;
      await ctx.parser.ready();
      await ctx.way.giveWay();
    }
  } finally {
    await Promise.allSettled(parses); // when fetch throws, its failure is the one told
  }
  const originals = await writer?.finish();
  return new Map(
    (await Promise.all(parses)).map((item) => {
      const original = originals?.get(item.key);
      return [item.key, original === undefined ? item : { ...item, original }];
    }),
  );
}

/**
 * Parses one fetched message; whatever its content does to the parser, an item comes out.
 *
 * @throws internal when the parser itself does not run: the messages are not to blame, and are fetched again later
 */
async function parseOne(ctx: SyncContext, folder: FetchPlace, fetched: FetchedMessage): Promise<IngestItem> {
  const { key, flags, internalDateMs, sizeBytes, structureDigest, content } = fetched;
  const facts = { key, flags, internalDateMs, sizeBytes, structureDigest };
  if (content.kind === "unreadable")
    return { ...facts, parsed: placeholder("unreadable", `${folder.id} ${key}`) };
  try {
    return { ...facts, parsed: await ctx.parser.parse(content, folder.urgent) };
  } catch (error) {
    if (isHitchpostError(error, "internal")) throw error;
    ctx.log.warn(
      { err: error, folder: folder.path, key },
      "the parser gave up on a message; it is stored with a flag",
    );
    return { ...facts, parsed: placeholder("parse_failed", `${folder.id} ${key}`) };
  }
}

function unreadable(folder: FetchPlace, item: RemoteItem): IngestItem {
  return {
    key: item.key,
    flags: item.flags ?? [],
    internalDateMs: null,
    sizeBytes: 0,
    structureDigest: null,
    parsed: placeholder("unreadable", `${folder.id} ${item.key}`),
  };
}

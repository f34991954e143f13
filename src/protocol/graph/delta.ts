/**
 * One folder's delta (learn.microsoft.com/graph/delta-query-messages), unfiltered: a filtered one ends silently at 5,000.
 * A round goes from link to link until the deltaLink. Replays occur, so that of several words on one id the last counts.
 */
import { HitchpostError } from "../../core/errors.ts";
import type { Batcher } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import type { Urgency } from "./limiter.ts";
import { query } from "./links.ts";
import { flagsOf, itemPageSchema, itemSchema, itemSelect, type Item, type ItemPage } from "./schemas.ts";

export interface DeltaRound {
  /** Added and changed, with all that is known of them. */
  items: Map<string, Item>;
  removed: Set<string>;
  deltaLink: string;
}

const pageSize = 1_000;
/** A round that is longer is no round: each page has to bring something. */
const mostEmptyPages = 50;

const request = (urgency: Urgency) =>
  ({ what: "reading a folder's changes", subject: "folder", urgency, pageSize }) as const;

/** One page of a round that was begun. @throws folder_reset when the place was forgotten */
export const deltaPage = (client: GraphClient, link: string, urgency: Urgency): Promise<ItemPage> =>
  client.json(itemPageSchema, { ...request(urgency), path: link, root: "link" });

const firstPage = (client: GraphClient, folderId: string): Promise<ItemPage> =>
  client.json(itemPageSchema, {
    ...request("bulk"),
    path: `/mailFolders/${encodeURIComponent(folderId)}/messages/delta${query({ $select: itemSelect })}`,
  });

/**
 * Enumerations that were broken off (a pause, a lost connection) go on where they stopped: a large folder would else never
 * be listed under throttling.
 */
export interface Enumerations {
  /** The whole folder. @throws folder_unavailable, throttled, … */
  whole(folderId: string): Promise<DeltaRound>;
}

export function createEnumerations(client: GraphClient): Enumerations {
  const open = new Map<string, { round: Gathered; next: string }>();
  return {
    async whole(folderId) {
      const begun = open.get(folderId);
      open.delete(folderId);
      const round = begun?.round ?? { items: new Map(), removed: new Set() };
      const keep = (next: string): void => void open.set(folderId, { round, next });
      try {
        const first = begun === undefined ? await firstPage(client, folderId) : null;
        const deltaLink = await gather(client, round, first, begun?.next ?? "", "bulk", keep);
        open.delete(folderId);
        return { ...round, deltaLink };
      } catch (error) {
        if (begun !== undefined && !isHeldUp(error)) open.delete(folderId);
        throw error;
      }
    },
  };
}

const isHeldUp = (error: unknown): boolean => error instanceof HitchpostError && error.retry === "later";

/** What changed since the link. @param first its page, when it was read already */
export async function changesSince(
  client: GraphClient,
  link: string,
  first: ItemPage | null,
): Promise<DeltaRound> {
  const round: Gathered = { items: new Map(), removed: new Set() };
  const deltaLink = await gather(client, round, first, link, "urgent", () => undefined);
  return { ...round, deltaLink };
}

type Gathered = Omit<DeltaRound, "deltaLink">;

async function gather(
  client: GraphClient,
  round: Gathered,
  first: ItemPage | null,
  from: string,
  urgency: Urgency,
  keep: (next: string) => void,
): Promise<string> {
  let page = first ?? (await deltaPage(client, from, urgency));
  for (let empty = 0; ;) {
    note(round, page);
    const next = page["@odata.nextLink"];
    if (next == null) break;
    empty = page.value.length === 0 ? empty + 1 : 0;
    if (empty > mostEmptyPages) throw endless();
    keep(next);
    page = await deltaPage(client, next, urgency);
  }
  const deltaLink = page["@odata.deltaLink"];
  if (deltaLink == null) throw endless();
  return deltaLink;
}

const endless = (): HitchpostError =>
  new HitchpostError("protocol_error", "A folder's changes come to no end at Graph.", {
    details: { reason: "delta" },
  });

function note({ items, removed }: Gathered, page: ItemPage): void {
  for (const item of page.value) {
    const known = items.get(item.id);
    items.delete(item.id);
    removed.delete(item.id);
    if (item["@removed"] === undefined) items.set(item.id, merged(known, item));
    else removed.add(item.id);
  }
}

/** A change names what changed alone. */
function merged(known: Item | undefined, item: Item): Item {
  if (known === undefined) return item;
  const told = Object.fromEntries(Object.entries(item).filter(([, value]) => value != null));
  return { ...known, ...told };
}

/** Says it all: when it came, and its flags. */
export const isWhole = (item: Item): boolean =>
  flagsOf(item) !== null && item.flag != null && typeof item.receivedDateTime === "string";

/** Asks for the rest of those of which only changes were told; who is gone by now is left as it is. */
export async function completed(batcher: Batcher, items: readonly Item[]): Promise<Item[]> {
  const partial = items.filter((item) => !isWhole(item));
  if (partial.length === 0) return [...items];
  const answers = await batcher.run(
    partial.map(({ id }) => ({
      path: `/messages/${encodeURIComponent(id)}${query({ $select: itemSelect })}`,
    })),
    { what: "reading changed messages", subject: "message", urgency: "urgent" },
  );
  const found = new Map<string, Item>();
  for (const [index, answer] of answers.entries()) {
    const item = answer.ok ? itemSchema.safeParse(answer.json).data : undefined;
    if (item !== undefined) found.set(partial[index]!.id, { ...item, id: partial[index]!.id });
  }
  return items.map((item) => found.get(item.id) ?? item);
}

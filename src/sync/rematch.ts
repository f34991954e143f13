/**
 * After a renumbering (sync.md, "UIDVALIDITY change"), or a change of the transport: known messages are recognised by their header alone and get their
 * new locations; bodies that are known are not fetched again. What is not recognised is fetched whole.
 */
import type { MailSource, RemoteItem, RemoteKey } from "../protocol/mail-source.ts";
import type { SyncContext } from "./context.ts";
import { fetchParsed, parseAll } from "./fetch-parsed.ts";
import type { SyncFolder } from "./folder-rows.ts";
import { matchItems, onlyOnes } from "./identity.ts";
import { placeable, type IngestItem } from "./ingest.ts";
import { candidatesFor } from "./ingest-rows.ts";
import { receivedSlackMs } from "./stored-message.ts";

export interface RematchOptions {
  /** Unknown messages older than this are left out; null: none are. */
  oldestMs: number | null;
  /**
   * When the folder was last looked at under its old numbers; what came later may be a twin of known mail, sent in the same
   * second, and is fetched whatever its header says.
   */
  seenUntilMs: number | null;
  /** The old numbers were another transport's. */
  across: boolean;
  /**
   * Not all that stood in the folder is stored: what stands there may be the twin of a mail known from another folder, and is
   * fetched whatever its header says.
   */
  partial: boolean;
}

/**
 * Items ready to be stored: the recognised ones by header, the others whole. `ingestBatch` then matches again, inside
 * its transaction, by the same rule.
 */
export async function rematchItems(
  ctx: SyncContext,
  source: MailSource,
  folder: SyncFolder & { epochKey: string },
  items: readonly RemoteItem[],
  { oldestMs, seenUntilMs, across, partial }: RematchOptions,
  stillListed: (missing: ReadonlySet<RemoteKey>) => Promise<ReadonlySet<RemoteKey>>,
): Promise<IngestItem[]> {
  const headers = await parseAll(
    ctx,
    source,
    folder,
    items.map((item) => item.key),
    "header",
  );
  const placed = [...headers.values()].map((item) => placeable(ctx, folder, item));
  const place = { mailboxId: ctx.mailboxId, folderId: folder.id, epoch: folder.epoch };
  const identities = placed.map((item) => item.identity);
  const candidates = await candidatesFor(ctx.tenant, place, identities);
  const matches = matchItems(placed, candidates);
  const inBoth = onlyOnes(placed, candidates, "structure");
  // Graph describes no structure in the header, whatever was told before.
  const bySecond = across || source.transport !== "imap";
  const alone = bySecond ? onlyOnes(placed, candidates, "second") : new Set<string>();
  // By one kind of evidence alone a header says too little: a twin that came meanwhile would pass for the mail it repeats.
  // Its content tells, in the transaction that stores it.
  const recognised = new Set(
    placed
      .filter((item) => !partial && matches.has(item.key))
      .filter((item) => inBoth.has(item.key) || alone.has(item.key))
      .filter((item) => isKnownFor(item, seenUntilMs, alone.has(item.key) ? secondMs : receivedSlackMs))
      .map((item) => item.key),
  );
  const unknown = items.filter((item) => {
    if (recognised.has(item.key)) return false;
    if (matches.has(item.key)) return true;
    const receivedMs = headers.get(item.key)?.internalDateMs ?? null;
    return oldestMs === null || receivedMs === null || receivedMs >= oldestMs;
  });
  const whole = await fetchParsed(ctx, source, folder, unknown, stillListed);
  const known = placed
    .filter((item) => recognised.has(item.key))
    .map((item) => ({ ...item, headerOnly: true as const }));
  return [...known, ...whole];
}

/** Servers tell the time of receipt to the second. */
const secondMs = 1_000;

/**
 * It stood there at the last look: a clock that differs by minutes makes no difference. Of what is the only one of its
 * second the rest of that second is enough, since servers cut it off: a twin that came meanwhile would stand beside it.
 */
const isKnownFor = ({ internalDateMs }: IngestItem, seenUntilMs: number | null, slackMs: number): boolean =>
  seenUntilMs === null || (internalDateMs !== null && internalDateMs <= seenUntilMs - slackMs);

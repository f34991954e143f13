/**
 * Tells that something changed (MailSource.watch, peek). Notifications are a hint and get lost, so that each folder's delta
 * is asked all the same, at a rhythm:
 *
 *   no notifications   Inbox every 30 s, the others every 2 min: new mail is here within the minute, and an idle mailbox of
 *                      two folders asks 25 times in ten minutes, of the 10,000 times that Microsoft allows
 *   notifications      at once when one comes, and every folder every 45 s: about a fifth of them get lost, and what one was
 *                      lost of is here within the minute all the same; after half an hour of silence every 5 min
 *
 * A delta link may be asked again and again: as long as nothing changed it answers nothing, flags included. The page that
 * tells of a change is kept for the look that follows.
 */
import type { Clock } from "../../core/clock.ts";
import { isHitchpostError } from "../../core/errors.ts";
import type { WatchEvent } from "../mail-source.ts";
import { deltaPage } from "./delta.ts";
import type { GraphParts } from "./graph-parts.ts";
import { folderSchema } from "./schemas.ts";

/** Change notifications of the mailbox, whoever receives them. */
export interface GraphPush {
  /** Whether they are expected now. */
  active(): boolean;
  /** @param tell gets the folder, or null when any may have changed. @returns ends it */
  subscribe(tell: (folderId: string | null) => void): () => void;
  /** A change was found of which no notification told. */
  doubt?(): void;
}

export interface WatchOptions {
  parts: GraphParts;
  /** Folder → the deltaLink of its last look. */
  links: ReadonlyMap<string, string>;
  pollMs: number;
  pushedPollMs: number;
  push: GraphPush | null;
}

/** The other folders are asked at every so many looks at the first. */
const othersEvery = 4;
/** A mailbox in which nothing has happened for so long … */
const silentMs = 1_800_000;
/** … is asked so much more seldom while it is pushed. */
const silentFactor = 20 / 3;

/** Ends when `signal` is aborted. Throws what asking throws. */
export async function* watchFolders(
  options: WatchOptions,
  folderIds: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const { parts, push } = options;
  const { clock } = parts.client;
  const bell = createBell(clock, signal);
  const stop = push?.subscribe((folderId) => bell.ring(folderId));
  const looker = createLooker(options);
  try {
    yield { folderPath: null, at: clock.monotonic() };
    let lastNewsAt = clock.monotonic();
    for (let round = 1; !signal.aborted; round += 1) {
      const pushed = push?.active() === true;
      const isSilent = clock.monotonic() - lastNewsAt >= silentMs;
      const pushedMs = options.pushedPollMs * (isSilent ? silentFactor : 1);
      const rung = await bell.wait(pushed ? pushedMs : options.pollMs);
      if (signal.aborted) return;
      const due = dueFolders(folderIds, rung, pushed || round % othersEvery === 0);
      for (const folderId of due) {
        if (signal.aborted) return;
        if (!(await looker.changed(folderId, rung !== null))) continue;
        lastNewsAt = clock.monotonic();
        if (pushed && rung === null) push.doubt?.();
        yield { folderPath: folderId, at: rung?.at ?? lastNewsAt };
        if (signal.aborted) return;
      }
    }
  } finally {
    stop?.();
  }
}

/** What rang; null: the time was over. */
interface Rung {
  /** null: any of them. */
  folderIds: ReadonlySet<string> | null;
  at: number;
}

function dueFolders(folderIds: readonly string[], rung: Rung | null, all: boolean): readonly string[] {
  if (rung?.folderIds != null) return folderIds.filter((id) => rung.folderIds?.has(id));
  return rung !== null || all ? folderIds : folderIds.slice(0, 1);
}

/** Waits for time or for a notification, whichever is first. */
function createBell(clock: Clock, signal: AbortSignal) {
  const waiting = new Set<string | null>();
  let at = 0;
  let wake: (() => void) | null = null;
  return {
    ring(folderId: string | null): void {
      if (waiting.size === 0) at = clock.monotonic();
      waiting.add(folderId);
      wake?.();
    },
    async wait(ms: number): Promise<Rung | null> {
      if (waiting.size === 0 && !signal.aborted) {
        // Not AbortSignal.any: each composite is held by its source for a while, and thousands of mailboxes wait here.
        const timer = new AbortController();
        wake = () => timer.abort();
        signal.addEventListener("abort", wake, { once: true });
        await clock.sleep(ms, timer.signal).catch(() => undefined); // woken: by a notification or by the end
        signal.removeEventListener("abort", wake);
        wake = null;
      }
      if (waiting.size === 0) return null;
      const folderIds = waiting.has(null) ? null : new Set([...waiting].filter((id) => id !== null));
      waiting.clear();
      return { folderIds, at };
    },
  };
}

function createLooker({ parts, links }: WatchOptions) {
  /** Folder → what was told last: its link, or its counts. One change is told once. */
  const told = new Map<string, string>();
  const counts = new Map<string, string>();
  const byCounts = async (folderId: string): Promise<boolean> => {
    const now = (await peekFolders(parts, [folderId])).get(folderId) ?? "";
    const before = counts.get(folderId);
    counts.set(folderId, now);
    return before === undefined || before !== now;
  };
  return {
    async changed(folderId: string, again: boolean): Promise<boolean> {
      const link = links.get(folderId);
      if (link === undefined) return byCounts(folderId);
      if (told.get(folderId) === link && !again) {
        told.delete(folderId); // the look has failed, or is still on its way: told again the next time
        return false;
      }
      try {
        const page = await deltaPage(parts.client, link, "urgent");
        if (page.value.length === 0 && page["@odata.nextLink"] == null) return false;
        parts.prefetched.put(folderId, link, page);
      } catch (error) {
        if (!isHitchpostError(error, "folder_reset") && !isHitchpostError(error, "folder_unavailable"))
          throw error;
      }
      told.set(folderId, link);
      return true;
    },
  };
}

/** Counts of messages and unread ones, for several folders in one batch; those that are not there are left out. */
export async function peekFolders(
  { batcher, client }: GraphParts,
  folderIds: readonly string[],
): Promise<Map<string, string>> {
  const options = { what: "counting folders", subject: "folder", urgency: "urgent" } as const;
  const answers = await batcher.run(
    folderIds.map((id) => ({
      path: `/mailFolders/${encodeURIComponent(id)}?$select=id,totalItemCount,unreadItemCount`,
    })),
    options,
  );
  const peeked = new Map<string, string>();
  for (const [index, answer] of answers.entries()) {
    if (!answer.ok) {
      const error = client.errorOf(answer.refusal, options);
      if (error.code === "folder_unavailable") continue;
      throw error;
    }
    const folder = folderSchema.safeParse(answer.json).data;
    if (folder !== undefined)
      peeked.set(folderIds[index]!, `${folder.totalItemCount ?? ""} ${folder.unreadItemCount ?? ""}`);
  }
  return peeked;
}

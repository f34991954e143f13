/** The folders of a mailbox as sync sees them: their two cursors and what is known of them. */
import { sql } from "kysely";
import { z } from "zod";
import type { Cursor, HistoryRange } from "../protocol/mail-source.ts";
import type { TenantDb } from "../store/tenant-db.ts";

const cursorSchema = z.record(z.string(), z.unknown());

/**
 * `import`: older mail is fetched. `rematch`: after a renumbering, known mail is found again by its header; what is unknown
 * and was received after `seenUntilMs`, the last look at the old numbering, came meanwhile and is new.
 */
const tailSchema = z.object({
  mode: z.enum(["import", "rematch"]),
  cursor: cursorSchema,
  seenUntilMs: z.number().optional(),
  /** The old numbers were another transport's. */
  across: z.boolean().optional(),
  /** The import under the old numbers had not come to its end: not all that stood there is stored. */
  partial: z.boolean().optional(),
});
export type Tail = z.infer<typeof tailSchema>;

/** The tail has reached the end of this range. */
const doneSchema = z.object({ mode: z.literal("done"), sinceMs: z.number().nullable() });
const storedTailSchema = z.discriminatedUnion("mode", [tailSchema, doneSchema]).nullable();
type StoredTail = z.infer<typeof storedTailSchema>;

/** Whether mail stands in the folder that was never stored: in the middle of an import, or of a rematch after one. */
export const isPartial = (tail: StoredTail, tailDone: boolean): boolean =>
  tail?.mode === "rematch" ? tail.partial === true : !tailDone;

/** As it stands in the row. */
export const readTail = (stored: unknown): StoredTail => storedTailSchema.parse(stored);

export interface SyncFolder {
  id: string;
  path: string;
  role: string | null;
  selected: boolean;
  epoch: number;
  /** null: never looked into. */
  epochKey: string | null;
  headCursor: Cursor | null;
  /** null: not begun, or done (`tailDone`). */
  tail: Tail | null;
  tailDone: boolean;
  /** How far back the import went, once it is done. */
  imported: HistoryRange | null;
  boundaryAtMs: number | null;
  boundaryUid: number | null;
  backfillTotal: number | null;
  backfillDone: number;
  peeked: string | null;
  checkedAtMs: number | null;
  provedAtMs: number | null;
  backoffUntilMs: number | null;
  failures: number;
}

const columns = [
  "id", "path", "role", "selected", "epoch", "epoch_key", "head_cursor", "tail_cursor", "tail_done_at", "boundary_at", "boundary_uid",
  "backfill_total", "backfill_done", "peeked", "checked_at", "proved_at", "backoff_until", "failures",
] as const; // prettier-ignore

/** Folders of another transport sleep: POP3 shows the Inbox alone, and what stood elsewhere still does. */
export const isOfTransport = sql<boolean>`folders.transport = (SELECT m.transport FROM mailboxes m
  WHERE m.workspace_id = folders.workspace_id AND m.id = folders.mailbox_id)`;

/** The folders that the user chose and that hold mail. */
export async function syncedFolders(tenant: TenantDb, mailboxId: string): Promise<SyncFolder[]> {
  const rows = await tenant.db
    .selectFrom("folders")
    .select(columns)
    .where("workspace_id", "=", tenant.workspaceId)
    .where("mailbox_id", "=", mailboxId)
    .where("selected", "=", true)
    .where("selectable", "=", true)
    .where("removed_at", "is", null)
    .where(isOfTransport)
    .orderBy("path")
    .execute();
  return rows.map(({ tail_cursor, ...row }) => ({
    ...tailOf(readTail(tail_cursor)),
    id: row.id,
    path: row.path,
    role: row.role,
    selected: row.selected,
    epoch: row.epoch,
    epochKey: row.epoch_key,
    headCursor: row.head_cursor === null ? null : cursorSchema.parse(row.head_cursor),
    tailDone: row.tail_done_at !== null,
    boundaryAtMs: row.boundary_at?.getTime() ?? null,
    boundaryUid: row.boundary_uid,
    backfillTotal: row.backfill_total,
    backfillDone: row.backfill_done,
    peeked: row.peeked,
    checkedAtMs: row.checked_at?.getTime() ?? null,
    provedAtMs: row.proved_at?.getTime() ?? null,
    backoffUntilMs: row.backoff_until?.getTime() ?? null,
    failures: row.failures,
  }));
}

const tailOf = (stored: StoredTail): Pick<SyncFolder, "tail" | "imported"> =>
  stored?.mode === "done"
    ? { tail: null, imported: { sinceMs: stored.sinceMs } }
    : { tail: stored, imported: null };

/** What a transaction leaves in the folder's row; fields left out stay. */
export interface FolderPatch {
  epoch?: number;
  epochKey?: string;
  headCursor?: Cursor;
  tail?: NonNullable<StoredTail>;
  tailDoneAtMs?: number | null;
  boundaryAtMs?: number;
  boundaryUid?: number | null;
  remoteMessages?: number;
  backfillTotal?: number;
  /** Added to the counter. */
  backfilled?: number;
  peeked?: string;
  checkedAtMs?: number;
  provedAtMs?: number | null;
  /** What failed was another thing (the import): this says nothing of it. */
  keepsBackoff?: boolean;
}

const time = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** Writes the patch; a folder that was looked into is in order again, unless the patch says otherwise. */
export async function patchFolder(tx: TenantDb, folderId: string, patch: FolderPatch): Promise<void> {
  const { backfilled = 0 } = patch;
  await tx.db
    .updateTable("folders")
    .set((eb) => ({
      ...(patch.epoch !== undefined && { epoch: patch.epoch }),
      ...(patch.epochKey !== undefined && { epoch_key: patch.epochKey }),
      ...(patch.headCursor !== undefined && { head_cursor: JSON.stringify(patch.headCursor) }),
      ...(patch.tail !== undefined && { tail_cursor: JSON.stringify(patch.tail) }),
      ...(patch.tailDoneAtMs !== undefined && { tail_done_at: time(patch.tailDoneAtMs) }),
      ...(patch.boundaryAtMs !== undefined && { boundary_at: time(patch.boundaryAtMs) }),
      ...(patch.boundaryUid !== undefined && { boundary_uid: patch.boundaryUid }),
      ...(patch.remoteMessages !== undefined && { remote_messages: patch.remoteMessages }),
      ...(patch.backfillTotal !== undefined && { backfill_total: patch.backfillTotal }),
      ...(patch.peeked !== undefined && { peeked: patch.peeked }),
      ...(patch.checkedAtMs !== undefined && { checked_at: time(patch.checkedAtMs) }),
      ...(patch.provedAtMs !== undefined && { proved_at: time(patch.provedAtMs) }),
      backfill_done: eb("backfill_done", "+", backfilled),
      ...(patch.keepsBackoff !== true && { failures: 0, problem: null, backoff_until: null }),
    }))
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", folderId)
    .execute();
}

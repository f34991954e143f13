/**
 * Our changes on their way to the server (sync.md 6): shown at once, grouped (one STORE for many), tried again, and
 * confirmed by the server's answer or visibly undone. Read-only mailboxes have none.
 */
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import { backoffMs } from "../core/retry.ts";
import type { IntentResult, MailSource } from "../protocol/mail-source.ts";
import type { NewEvent } from "../store/new-event.ts";
import {
  confirmIntents,
  deferIntents,
  dueIntents,
  postponeIntents,
  undoIntents,
  type Intent,
} from "../store/intents.ts";
import { findMailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { copyNotes } from "./copying.ts";
import { refreshFlags, type SeenChange } from "./flags.ts";
import { isOfTransport } from "./folder-rows.ts";
import { isFolderError } from "./head-round.ts";
import { writeFlags } from "./ingest.ts";
import { insertLocations, messagesStanding, storedLocations, type Place } from "./ingest-rows.ts";
import { planIntents, type IntentCommand, type StandingLocation, type TargetFolder } from "./intent-plan.ts";
import { removeLocations } from "./reconcile.ts";
import { isOwn, locationDirection, normaliseFlags } from "./stored-message.ts";

const giveUpAfter = 8;
const retry = { baseMs: 2_000, capMs: 120_000 };

/**
 * Carries out what is due, until nothing is: of several changes of one message one is made at a time.
 *
 * @returns paths of the folders that have changed on the server and are worth a look
 * @throws what concerns the whole mailbox; the intents stay pending then
 */
export async function runIntents(ctx: SyncContext, source: MailSource): Promise<string[]> {
  const touched = new Set<string>();
  for (;;) {
    const intents = await dueIntents(ctx.tenant, ctx.mailboxId, ctx.clock.now());
    if (intents.length === 0) return [...touched];
    for (const path of await runRound(ctx, source, intents)) touched.add(path);
  }
}

/** Each of the intents that is planned ends confirmed, undone, or put off. */
async function runRound(ctx: SyncContext, source: MailSource, intents: readonly Intent[]): Promise<string[]> {
  if ((await findMailbox(ctx.tenant, ctx.mailboxId))?.readOnly !== false) {
    await undo(ctx, intents, "read_only");
    return [];
  }
  if (ctx.transport === "pop3") {
    await undo(ctx, intents, "no_write_back"); // carried over from another transport, or made at the same moment
    return [];
  }
  const touched = new Set<string>();
  await ctx.looks.run(async () => {
    const gone = await goneMessages(ctx, intents);
    const isGone = (intent: Intent): boolean => gone.has(intent.messageId);
    await undo(ctx, intents.filter(isGone), "message_gone");
    const living = intents.filter((intent) => !isGone(intent));
    const plan = planIntents(living, await locationsOf(ctx, living), await foldersOf(ctx));
    if (plan.already.length > 0)
      await writeMailbox(ctx, (tx) =>
        confirmIntents(
          tx,
          plan.already.map((intent) => intent.id),
        ),
      );
    for (const { intent, problem } of plan.impossible) await undo(ctx, [intent], problem);
    await putOff(ctx, plan.homeless, "message_gone");
    const open = countOpen(plan.commands);
    for (const command of plan.commands) {
      await runCommand(ctx, source, command, open);
      if (command.target !== null) touched.add(command.target.path).add(command.request.folderPath);
    }
  });
  return [...touched];
}

/** Intent id → commands that have yet to succeed: a message in two folders is done when both are. */
type Open = Map<string, number>;

function countOpen(commands: readonly IntentCommand[]): Open {
  const open: Open = new Map();
  for (const command of commands) {
    for (const intent of new Set(command.intents.values()))
      open.set(intent.id, (open.get(intent.id) ?? 0) + 1);
  }
  return open;
}

/** Takes one command off; returns the intents for which it was the last. */
function finish(open: Open, intents: Iterable<Intent>): Intent[] {
  const last: Intent[] = [];
  for (const intent of new Set(intents)) {
    const left = (open.get(intent.id) ?? 0) - 1;
    open.set(intent.id, left);
    if (left === 0) last.push(intent);
  }
  return last;
}

/** Those that were proved to stand nowhere any more: no try is left that could succeed. */
async function goneMessages(ctx: SyncContext, intents: readonly Intent[]): Promise<ReadonlySet<string>> {
  const rows = await ctx.tenant.db
    .selectFrom("messages")
    .select("id")
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("id", "in", [...new Set(intents.map((intent) => intent.messageId))])
    .where("gone_at", "is not", null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

async function locationsOf(ctx: SyncContext, intents: readonly Intent[]): Promise<StandingLocation[]> {
  const { rows } = await sql<StandingLocation>`
    SELECT l.message_id AS "messageId", l.folder_id AS "folderId", f.path AS "folderPath", f.role AS "folderRole", l.epoch,
      f.epoch_key AS "epochKey", l.remote_key AS key
    FROM message_locations l
    JOIN folders f ON f.workspace_id = l.workspace_id AND f.id = l.folder_id AND f.epoch = l.epoch AND f.removed_at IS NULL
      AND f.transport = ${ctx.transport}
    WHERE l.workspace_id = ${ctx.tenant.workspaceId}::uuid AND l.message_id = ANY (${intents.map((intent) => intent.messageId)}::uuid[])
    ORDER BY l.folder_id, l.uid
  `.execute(ctx.tenant.db);
  return rows;
}

async function foldersOf(ctx: SyncContext): Promise<TargetFolder[]> {
  return ctx.tenant.db
    .selectFrom("folders")
    .select(["id", "path", "role"])
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .where("mailbox_id", "=", ctx.mailboxId)
    .where("selectable", "=", true)
    .where("removed_at", "is", null)
    .where(isOfTransport)
    .execute();
}

async function runCommand(
  ctx: SyncContext,
  source: MailSource,
  command: IntentCommand,
  open: Open,
): Promise<void> {
  const intents = [...new Set(command.intents.values())];
  try {
    const result = await source.apply({
      ...command.request,
      ...(command.target === null ? {} : { copying: copyNotes(ctx, command, command.target) }),
    });
    const done = new Set(result.done.flatMap((key) => command.intents.get(key) ?? []));
    const confirmed = finish(open, done);
    await writeMailbox(ctx, async (tx, events) => {
      await confirmIntents(
        tx,
        confirmed.map((intent) => intent.id),
      );
      if (command.target === null) await noteFlags(ctx, tx, command, result, events);
      else await noteMove(ctx, tx, command, command.target, result, events);
    });
    const waiting = new Set(result.waiting?.flatMap((key) => command.intents.get(key) ?? []));
    await postpone(ctx, waiting);
    await putOff(
      ctx,
      intents.filter((intent) => !done.has(intent) && !waiting.has(intent)),
      "message_gone",
    );
  } catch (error) {
    if (!(error instanceof HitchpostError) || error.code === "fence_lost") throw error;
    await putOff(ctx, intents, error.code);
    if (!isFolderError(error) && error.retry !== "never") throw error; // the connection, not the change: the session decides
  }
}

/** The server took the flags. `\Seen` set by us is not "read by everybody", so it makes no change of what is shown. */
async function noteFlags(
  ctx: SyncContext,
  tx: TenantDb,
  command: IntentCommand,
  result: IntentResult,
  events: NewEvent[],
): Promise<void> {
  const { add = [], remove = [] } = command.request;
  const place = { mailboxId: ctx.mailboxId, folderId: command.folderId, epoch: command.epoch };
  const stored = await storedLocations(tx, place, result.done);
  const updates = [...stored].map(([key, { flags }]) => ({
    key,
    flags: normaliseFlags([...flags.filter((flag) => !remove.includes(flag)), ...add]),
  }));
  await writeFlags(tx, place, updates);
  const settled = await refreshFlags(
    tx,
    new Map([...stored.values()].map(({ messageId }) => [messageId, null])),
  );
  if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
}

/**
 * The server moved them. With COPYUID the new locations are known at once; else they are in transit until found. So is one
 * whose message stands in the target already: two mails of one folder are two messages (sync.md 2), and the look at the
 * folder makes the other one.
 */
async function noteMove(
  ctx: SyncContext,
  tx: TenantDb,
  command: IntentCommand,
  target: TargetFolder,
  result: IntentResult,
  events: NewEvent[],
): Promise<void> {
  const place = { mailboxId: ctx.mailboxId, folderId: command.folderId, epoch: command.epoch };
  const stored = await storedLocations(tx, place, result.done);
  const into = await synced(tx, target.id);
  const arrived = result.moved.filter((move) => move.epochKey === into?.epochKey && stored.has(move.from));
  if (into !== null) {
    const targetPlace = { mailboxId: ctx.mailboxId, folderId: target.id, epoch: into.epoch };
    const moved = await onePerMessage(
      tx,
      targetPlace,
      arrived.map((move) => ({ key: move.to, ...stored.get(move.from)! })),
    );
    const own = await ownMails(ctx, tx, moved);
    await insertLocations(
      tx,
      targetPlace,
      moved.map((row) => ({ ...row, direction: locationDirection(target.role, own.has(row.messageId)) })),
    );
  }
  const settled = await removeLocations(tx, place, result.done, ctx.clock.now());
  if (settled.length > 0) events.push(...(await ctx.inbox.settle(tx, settled)));
}

/** The rows without those whose message has a location in the folder, or a row before. */
async function onePerMessage<T extends { messageId: string }>(
  tx: TenantDb,
  place: Place,
  rows: readonly T[],
): Promise<T[]> {
  const here = await messagesStanding(
    tx,
    place,
    rows.map((row) => row.messageId),
  );
  return rows.filter(({ messageId }) => !here.has(messageId) && here.add(messageId));
}

/** Those of the messages that we wrote. */
async function ownMails(
  ctx: SyncContext,
  tx: TenantDb,
  moved: readonly { messageId: string }[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string; address: string }>`
    SELECT id, from_address AS address FROM messages
    WHERE workspace_id = ${tx.workspaceId}::uuid AND id = ANY (${moved.map((row) => row.messageId)}::uuid[])
  `.execute(tx.db);
  return new Set(rows.filter(({ address }) => isOwn({ name: "", address }, ctx.address)).map(({ id }) => id));
}

/** A folder that is not synced gets no locations: nobody would keep them in step. */
async function synced(tx: TenantDb, folderId: string): Promise<{ epoch: number; epochKey: string } | null> {
  const row = await tx.db
    .selectFrom("folders")
    .select(["epoch", "epoch_key"])
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", folderId)
    .where("selected", "=", true)
    .where("removed_at", "is", null)
    .executeTakeFirst();
  return row?.epoch_key == null ? null : { epoch: row.epoch, epochKey: row.epoch_key };
}

/** Again when more is known; it counts as no try. */
async function postpone(ctx: SyncContext, intents: ReadonlySet<Intent>): Promise<void> {
  if (intents.size === 0) return;
  const ids = [...intents].map((intent) => intent.id);
  await writeMailbox(ctx, (tx) => postponeIntents(tx, ids, ctx.clock.now() + retry.baseMs));
}

/** Again later, or, after too many tries, undone. */
async function putOff(ctx: SyncContext, intents: readonly Intent[], problem: string): Promise<void> {
  if (intents.length === 0) return;
  const hopeless = intents.filter((intent) => intent.attempts + 1 >= giveUpAfter);
  const others = intents.filter((intent) => intent.attempts + 1 < giveUpAfter);
  const attempts = Math.max(0, ...others.map((intent) => intent.attempts));
  const nextTryAtMs = ctx.clock.now() + backoffMs(attempts, retry);
  await writeMailbox(ctx, (tx) =>
    deferIntents(
      tx,
      others.map((intent) => intent.id),
      nextTryAtMs,
      problem,
    ),
  );
  await undo(ctx, hopeless, problem);
}

async function undo(ctx: SyncContext, intents: readonly Intent[], problem: string): Promise<void> {
  if (intents.length === 0) return;
  await writeMailbox(ctx, async (tx, events) => {
    await undoIntents(
      tx,
      intents.map((intent) => intent.id),
      problem,
    );
    const changes = new Map<string, SeenChange>(intents.map((intent) => [intent.messageId, null]));
    await refreshFlags(tx, changes);
    const { rows } = await sql<{ id: string; conversation_id: string }>`
      SELECT id, conversation_id FROM messages WHERE workspace_id = ${tx.workspaceId}::uuid AND id = ANY (${[...changes.keys()]}::uuid[])
    `.execute(tx.db);
    const settled = rows.map((row) => ({
      conversationId: row.conversation_id,
      messageId: row.id,
      what: "changed" as const,
    }));
    events.push(...(await ctx.inbox.settle(tx, settled)));
    for (const row of rows) {
      const intent = intents.find(({ messageId }) => messageId === row.id);
      const payload = {
        id: row.id,
        intent: { id: intent?.id, kind: intent?.kind, state: "undone", problem },
      };
      events.push({
        type: "message.updated",
        mailboxId: ctx.mailboxId,
        conversationId: row.conversation_id,
        payload,
      });
    }
  });
}

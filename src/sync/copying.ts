/**
 * What is kept of a move that may be cut off between its copy and its removal (sync.md 6): with the intents, so that a process
 * that takes over knows it, too.
 */
import type { CopyNotes, RemoteKey } from "../protocol/mail-source.ts";
import { noteCopying } from "../store/intents.ts";
import { writeMailbox, type SyncContext } from "./context.ts";
import { syncedFolders } from "./folder-rows.ts";
import { messagesStanding } from "./ingest-rows.ts";
import type { IntentCommand, TargetFolder } from "./intent-plan.ts";

type Command = Pick<IntentCommand, "intents" | "folderId">;

export function copyNotes(ctx: SyncContext, command: Command, target: TargetFolder): CopyNotes {
  const { intents, folderId } = command;
  return {
    earlier: new Map(
      [...intents].flatMap(([key, { params }]) => {
        const mark = params.copied?.[folderId];
        return mark === undefined ? [] : [[key, mark] as const];
      }),
    ),
    note: (keys, mark) =>
      writeMailbox(ctx, (tx) =>
        noteCopying(
          tx,
          keys.flatMap((key) => intents.get(key)?.id ?? []),
          { from: folderId, to: target.id },
          mark,
        ),
      ),
    standing: (keys, epochKey) => standingIn(ctx, command, target, keys, epochKey),
  };
}

/**
 * The target was renumbered after the mark was noted. Once all of it has been found again, a message that stands in it, and
 * did not before, is our copy: of twins those are found first that stood there. Where not all was known before nothing can be
 * said: a mail that stands twice is better than none.
 */
async function standingIn(
  ctx: SyncContext,
  { intents, folderId }: Command,
  target: TargetFolder,
  keys: readonly RemoteKey[],
  epochKey: string,
): ReturnType<CopyNotes["standing"]> {
  const folder = (await syncedFolders(ctx.tenant, ctx.mailboxId)).find(({ id }) => id === target.id);
  if (folder === undefined) return "unkept";
  if (folder.epochKey !== epochKey || !folder.tailDone) return "later";
  const place = { mailboxId: ctx.mailboxId, folderId: folder.id, epoch: folder.epoch };
  const messageOf = (key: RemoteKey): string[] => {
    const intent = intents.get(key);
    return intent?.params.copied?.[folderId]?.clear === true ? [intent.messageId] : [];
  };
  const standing = await messagesStanding(ctx.tenant, place, keys.flatMap(messageOf));
  return new Set(keys.filter((key) => messageOf(key).some((id) => standing.has(id))));
}

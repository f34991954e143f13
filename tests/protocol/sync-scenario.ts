/** What a scenario of sync is, and what they have in common. */
import type { ImapFlow } from "imapflow";
import { expect } from "vitest";
import type { Tempo } from "../../src/sync/live-parts.ts";
import { mail } from "../support/fake-source.ts";
import type { Ability } from "../support/mail-servers.ts";
import { patience, type Stored, type SyncStage } from "./sync-stage.ts";
import { eventually } from "../support/eventually.ts";

/** One promise of sync, played on a fresh mailbox of any server. */
export interface SyncScenario {
  name: string;
  /** What the server must be able to do for it. */
  needs?: Ability[];
  tempo?: Partial<Tempo>;
  play(stage: SyncStage): Promise<void>;
}

export const dayMs = 86_400_000;
export const daysAgo = (days: number): Date =>
  new Date(Math.floor((Date.now() - days * dayMs) / 1_000) * 1_000);

/** Files a mail with this id, by another client. */
export async function put(
  admin: ImapFlow,
  folder: string,
  id: string,
  { flags = [], date = new Date(), text }: { flags?: string[]; date?: Date; text?: string } = {},
): Promise<void> {
  const raw = mail({
    id,
    subject: `About ${id}`,
    date: date.toUTCString(),
    ...(text !== undefined && { text }),
  });
  const received = `Received: from mx.example.org by mail.example.com; ${date.toUTCString()}\r\n`;
  await admin.append(folder, received + raw, flags, date);
}

/** As another client, in an open folder. */
export async function inFolder<T>(admin: ImapFlow, folder: string, work: () => Promise<T>): Promise<T> {
  const lock = await admin.getMailboxLock(folder);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Takes the folder away and makes it again with the same mail, as a server does that is restored from a backup. */
export async function remake({ admin }: SyncStage, folder: string): Promise<void> {
  const mails = await inFolder(admin, folder, () =>
    admin.fetchAll("1:*", { source: true, internalDate: true, flags: true }),
  );
  await admin.mailboxDelete(folder);
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // Dovecot's UIDVALIDITY counts seconds
  await admin.mailboxCreate(folder);
  for (const { source, internalDate, flags } of mails) {
    const kept = [...(flags ?? [])].filter((flag) => flag !== "\\Recent");
    await admin.append(folder, source!, kept, new Date(internalDate!));
  }
}

export interface MessageRow {
  id: string;
  message_id: string;
  conversation_id: string;
  seen: boolean;
  flagged: boolean;
  is_new: boolean;
  direction: string;
  status: string;
  assignee: string | null;
  gone_at: Date | null;
  snippet: string;
  attachments: unknown;
}

/** All messages with what their conversations say, oldest first. */
export async function messagesOf({ database, workspaceId }: SyncStage): Promise<MessageRow[]> {
  const { rows } = await database.pool.query<MessageRow>(
    `SELECT m.*, c.status, c.assignee FROM messages m JOIN conversations c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
     WHERE m.workspace_id = $1 ORDER BY m.id`,
    [workspaceId],
  );
  return rows;
}

export const idsOf = async (stage: SyncStage): Promise<string[]> =>
  (await messagesOf(stage)).map((row) => row.message_id).sort();

export const until = (check: () => Promise<void> | void): Promise<void> => eventually(check, patience);

/** Resolves when these Message-IDs, and no others, are gone from the mailbox. */
export const goneAre = (stage: SyncStage, ...ids: string[]): Promise<void> =>
  until(async () => {
    const gone = (await messagesOf(stage)).filter((row) => row.gone_at !== null);
    expect(gone.map((row) => row.message_id).sort()).toEqual(ids.map((id) => `<${id}>`).sort());
  });

/** Message-ID → row and conversation. */
export const rowsById = (stored: readonly Stored[]): Map<string | null, string> =>
  new Map(stored.map(({ messageId, rowId, conversationId }) => [messageId, `${rowId} ${conversationId}`]));

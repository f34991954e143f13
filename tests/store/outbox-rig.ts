/** A mailbox with one question in it, and a server that counts what leaves: for tests of the outbox. */
import { newId } from "../../src/core/ids.ts";
import type { OutboxContext } from "../../src/inbox/outbox/outbox-context.ts";
import { queueReply, type ReplyRequest } from "../../src/inbox/outbox/queue-reply.ts";
import { seedWorkspace, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { fakeClock, storeMessages, testMessage } from "./inbox-fixtures.ts";
import { FakeServer } from "./outbox-fake-server.ts";

const owner = newId();

export type OutboxRig = Awaited<ReturnType<typeof outboxRig>>;

/** Owned by us under fence 1; the server files copies of what it sends. */
export async function outboxRig(database: TestDatabase) {
  const seed = await seedWorkspace(database.pool);
  const server = new FakeServer();
  const clock = fakeClock();
  const setMailbox = mailboxSetter(seed);
  await setMailbox({ owner, fence: 1, files_sent: true });
  await seed.tenant.db
    .insertInto("folders")
    .values({
      workspace_id: seed.workspaceId,
      id: newId(),
      mailbox_id: seed.mailboxId,
      path: "Sent",
      name: "Sent",
      role: "sent",
    })
    .execute();
  const question = testMessage({
    mailboxId: seed.mailboxId,
    messageId: "<q@x.example>",
    subject: "Order 7",
    text: "Where is it?",
  });
  const { conversationOf } = await storeMessages(seed.tenant, [question], "new");
  const conversationId = [...conversationOf.values()][0]!;
  const context = (more: Partial<OutboxContext> = {}): OutboxContext => ({
    tenant: seed.tenant,
    mailboxId: seed.mailboxId,
    owner,
    fence: 1,
    clock,
    log: silentLog,
    leaseValid: () => true,
    signal: new AbortController().signal,
    openSender: async () => server.sender,
    withSource: (work) => work(server.source),
    blobs: { readBytes: async () => new Uint8Array() },
    ...more,
  });
  const queue = (more: Partial<ReplyRequest> = {}, sendDelayMs = 0) =>
    queueReply(
      seed.tenant,
      {
        conversationId,
        text: "It is on its way. 谢谢",
        uploads: [],
        requestHash: "h",
        userId: "user-1",
        ...more,
      },
      { clock, sendDelayMs },
    );
  return { seed, server, clock, question, conversationId, setMailbox, context, queue, ...readers(seed) };
}

const mailboxSetter =
  (seed: SeededWorkspace) =>
  (set: {
    owner?: string;
    fence?: number;
    files_sent?: boolean | null;
    read_only?: boolean;
    removed_at?: Date;
    servers?: string;
  }): Promise<unknown> =>
    seed.tenant.db
      .updateTable("mailboxes")
      .set(set)
      .where("workspace_id", "=", seed.workspaceId)
      .where("id", "=", seed.mailboxId)
      .execute();

function readers(seed: SeededWorkspace) {
  const outboxRow = (id: string) =>
    seed.tenant.db
      .selectFrom("outbox")
      .selectAll()
      .where("workspace_id", "=", seed.workspaceId)
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
  return {
    outboxRow,
    stateOf: async (id: string): Promise<string> => (await outboxRow(id)).state,
    statusOf: async (conversationId: string): Promise<string> => {
      const row = await seed.tenant.db
        .selectFrom("conversations")
        .select("status")
        .where("workspace_id", "=", seed.workspaceId)
        .where("id", "=", conversationId)
        .executeTakeFirstOrThrow();
      return row.status;
    },
    /** What the server is to be told of the answered message. */
    answeredFlags: async (): Promise<unknown[]> => {
      const rows = await seed.tenant.db
        .selectFrom("intents")
        .select("params")
        .where("workspace_id", "=", seed.workspaceId)
        .execute();
      return rows.map(({ params }) => (params as { add?: string[] }).add);
    },
    /** The server's Sent copy as sync brings it. */
    syncSentCopy: async (id: string, more: { messageId: string; originalMessageId?: string | null }) => {
      const row = await outboxRow(id);
      const copy = testMessage({
        mailboxId: seed.mailboxId,
        originalMessageId: null,
        ...more,
        inReplyTo: ["<q@x.example>"],
        subject: row.subject,
        fromAddress: "support@example.com",
        to: ["customer@example.net"],
        direction: "out",
        seen: true,
        textDigest: row.text_digest,
        receivedAtMs: (row.sending_at ?? row.created_at).getTime() + 1_000,
      });
      await storeMessages(seed.tenant, [copy], "new");
      return copy;
    },
  };
}

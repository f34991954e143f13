/** Copies of our replies as sync brings them in: by way of Sent, of the Inbox too, in either order, and twice. */
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listMessages } from "../../src/inbox/messages.ts";
import type { OutboxContext } from "../../src/inbox/outbox/outbox-context.ts";
import { queueReply } from "../../src/inbox/outbox/queue-reply.ts";
import { runOutbox } from "../../src/inbox/outbox/run-outbox.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { syncRig, testParser, type SyncRig } from "../support/sync-rig.ts";

let database: TestDatabase;
let parser: ParsePool;
beforeAll(async () => {
  database = await testDatabase();
  parser = testParser();
});
afterAll(async () => {
  await parser.close();
  await database.close();
});

const own = "support@example.com";

/** What a server that renames does to what it takes over. */
const renamed = (raw: string, more = ""): string =>
  raw.replace(
    /^Message-ID: (.*)$/im,
    `Message-ID: <new@outlook.example>\r\nX-Microsoft-Original-Message-ID: $1${more}`,
  );

interface Answered {
  /** What left. */
  raw: string;
  context: OutboxContext;
}

/** Answers the one question there is. */
async function answer(
  rig: SyncRig,
  people: { to?: string[]; cc?: string[] },
  filesSent: boolean | null = true,
): Promise<Answered> {
  const { tenant, mailboxId, owner, fence, clock, log } = rig.ctx;
  await tenant.db
    .updateTable("mailboxes")
    .set({ files_sent: filesSent })
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
  const [question] = await rig.messages();
  const conversationId = question!.conversation_id;
  await queueReply(
    tenant,
    { conversationId, text: "Soon.", uploads: [], requestHash: "h", userId: null, ...people },
    { clock, sendDelayMs: 0 },
  );
  const left: string[] = [];
  const context: OutboxContext = {
    tenant,
    mailboxId,
    owner,
    fence,
    clock,
    log,
    leaseValid: () => true,
    signal: new AbortController().signal,
    openSender: async () => ({
      verify: async () => undefined,
      send: async (raw) => {
        left.push(Buffer.from(raw).toString());
        return { response: "250 2.0.0 OK" };
      },
      close: async () => undefined,
    }),
    withSource: (work) => work(rig.source),
    blobs: { readBytes: async () => new Uint8Array() },
  };
  await runOutbox(context);
  return { raw: left[0]!, context };
}

/** Each message of the conversation: its state on the way out, else where it stands. */
async function shown({ ctx, messages }: SyncRig): Promise<string[]> {
  const { items } = await listMessages(ctx.tenant, (await messages())[0]!.conversation_id, { limit: 50 });
  return items.map(({ outbox, folders }) => outbox?.state ?? folders.map(({ path }) => path).join(" "));
}

const rigged = async (): Promise<SyncRig> => {
  const rig = await syncRig(database.pool, parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  rig.server.folder("Sent", "sent");
  await rig.choose("INBOX", "Sent");
  inbox.add(mail({ id: "q@x", from: "ann@example.org", to: own, subject: "Where is it?" }));
  await rig.backfill();
  return rig;
};

test.each([
  ["with ourselves in Cc", { cc: [own] }, ["INBOX", "Sent"]],
  ["with ourselves in Cc", { cc: [own] }, ["Sent", "INBOX"]],
  ["to ourselves alone", { to: [own] }, ["INBOX", "Sent"]],
  ["to ourselves alone", { to: [own] }, ["Sent", "INBOX"]],
])("a reply %s (%j) is shown once, seen first in %j", async (_, people, order) => {
  const rig = await rigged();
  const { raw } = await answer(rig, people);
  const copy = renamed(raw);
  expect(await shown(rig)).toEqual(["INBOX", "sent"]);
  for (const path of order) {
    rig.server.folders.find((folder) => folder.path === path)!.add(copy);
    await rig.look(path);
  }
  expect(await shown(rig)).toEqual(["INBOX", "INBOX Sent"]);
});

test("two copies in Sent are two mails, of which one is the reply", async () => {
  const rig = await rigged();
  const { raw } = await answer(rig, {});
  const sent = rig.server.folders.find(({ path }) => path === "Sent")!;
  sent.add(renamed(raw));
  sent.add(renamed(raw, "\r\nX-Second: yes"));
  await rig.look("Sent");
  expect(await shown(rig)).toEqual(["INBOX", "Sent", "Sent"]);
});

test("a copy that came back and was sorted elsewhere is shown once, and is not taken for the server's own in Sent", async () => {
  const rig = await rigged();
  const work = rig.server.folder("Work");
  const sent = rig.server.folders.find(({ path }) => path === "Sent")!;
  await rig.choose("INBOX", "Sent", "Work");
  await rig.backfill();
  const { raw, context } = await answer(rig, { cc: [own] }, null);
  work.add(`Received: by list.example\r\n${raw}`);
  await rig.look("Work");
  expect(await shown(rig)).toEqual(["INBOX", "Work"]);
  for (let rounds = 0; rounds < 2; rounds++) {
    await passTwoMinutes(rig);
    await runOutbox(context);
    await rig.look("Sent");
  }
  expect(sent.messages).toHaveLength(1);
  expect(await shown(rig)).toEqual(["INBOX", "Sent Work"]);
  const { files_sent } = await rig.ctx.tenant.db
    .selectFrom("mailboxes")
    .select("files_sent")
    .where("workspace_id", "=", rig.ctx.tenant.workspaceId)
    .executeTakeFirstOrThrow();
  expect(files_sent).toBe(false);
});

/** Queues so many alike, and sends them. */
async function burst(rig: SyncRig, count: number): Promise<OutboxContext> {
  const [question] = await rig.messages();
  for (let n = 1; n < count; n++)
    await queueReply(
      rig.ctx.tenant,
      {
        conversationId: question!.conversation_id,
        text: "Soon.",
        uploads: [],
        requestHash: `${n}`,
        userId: null,
      },
      { clock: rig.ctx.clock, sendDelayMs: 0 },
    );
  return (await answer(rig, {}, false)).context;
}

test("the copies of a burst of replies are filed at once, not one after every look of sync", async () => {
  const rig = await rigged();
  await burst(rig, 5);
  expect(rig.server.folder("Sent").messages).toHaveLength(5);
  await rig.look("Sent");
  expect(await shown(rig)).toEqual(["INBOX", "Sent", "Sent", "Sent", "Sent", "Sent"]);
});

test("where the server tells no keys of what it files, the next copy follows as soon as sync has read the one before", async () => {
  const rig = await rigged();
  rig.server.copyUid = false;
  const context = await burst(rig, 3);
  const sent = rig.server.folder("Sent");
  for (const filed of [1, 2, 3]) {
    expect(sent.messages).toHaveLength(filed);
    await rig.look("Sent");
    await passMs(rig, 3_000);
    await runOutbox(context);
  }
  expect(sent.messages).toHaveLength(3);
  expect(await shown(rig)).toEqual(["INBOX", "Sent", "Sent", "Sent"]);
});

const passTwoMinutes = (rig: SyncRig): Promise<unknown> => passMs(rig, 120_000);

const passMs = ({ ctx }: SyncRig, ms: number): Promise<unknown> =>
  ctx.tenant.db
    .updateTable("outbox")
    .set((set) => ({ next_try_at: sql<Date>`${set.ref("next_try_at")} - ${ms} * interval '1 ms'` }))
    .where("workspace_id", "=", ctx.tenant.workspaceId)
    .execute();

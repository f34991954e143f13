/** Threading does not depend on the order of arrival (sync.md 11), on real PostgreSQL. */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { DisjointSets } from "../../src/inbox/disjoint-sets.ts";
import { joinedBySubject, ownersAgree, referencesOf } from "../../src/inbox/thread-keys.ts";
import { tenantDb } from "../../src/store/tenant-db.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";
import {
  storedConversations,
  storeMessages,
  testMessage,
  testNow,
  type TestMessage,
} from "./inbox-fixtures.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const day = 24 * 3_600_000;
const ids = [
  "<a@x.example>",
  "<b@x.example>",
  "<c@x.example>",
  "<d@x.example>",
  "<e@x.example>",
  "<f@x.example>",
  "<>",
  "<phantom@x.example>",
];
const people = ["ann@example.net", "bob@example.net", "support@example.com"];

/** Small pools, so that Message-IDs repeat, references meet, subjects agree and windows end. */
const mail = fc.record({
  messageId: fc.option(fc.constantFrom(...ids), { freq: 8 }),
  originalMessageId: fc.option(fc.constantFrom(...ids), { nil: null, freq: 1 }),
  inReplyTo: fc.array(fc.constantFrom(...ids), { maxLength: 1 }),
  references: fc.array(fc.constantFrom(...ids), { maxLength: 2 }),
  subject: fc.constantFrom("", "Order", "Re: Order", "AW: Order", "Invoice", "回复：Invoice"),
  fromAddress: fc.constantFrom(...people),
  authorAddress: fc.option(fc.constantFrom(...people), { freq: 1 }),
  to: fc.subarray(people, { minLength: 1, maxLength: 2 }),
  receivedAtMs: fc.integer({ min: 0, max: 20 }).map((days) => testNow - days * day),
  automatic: fc.boolean(),
});
const mails = fc.array(mail, { minLength: 2, maxLength: 12 });

const build = (
  mailboxId: string,
  inputs: (Partial<TestMessage> | { authorAddress: string | null })[],
): TestMessage[] =>
  inputs.map(({ authorAddress, ...input }) =>
    testMessage({ mailboxId, ...input, ...(authorAddress === null ? {} : { authorAddress }) }),
  );

/** The definition: connected components of an edge relation on pairs. */
function expectedPartition(messages: TestMessage[]): string[] {
  const sets = new DisjointSets();
  for (const message of messages) sets.find(message.id);
  for (const a of messages) {
    for (const b of messages) {
      if (a !== b && hasEdge(a, b)) sets.join(a.id, b.id);
    }
  }
  return partition(messages.map((message) => [message.id, sets.find(message.id)]));
}

function hasEdge(a: TestMessage, b: TestMessage): boolean {
  const [refsA, refsB] = [referencesOf(a), referencesOf(b)];
  if (refsA.some((ref) => refsB.includes(ref) || ref === b.messageId)) return true;
  if (b.messageId !== null && refsA.includes(b.messageId)) return true;
  const named = a.messageId !== null && a.messageId !== "<>" && a.messageId === b.messageId;
  return (named && ownersAgree(a, b)) || joinedBySubject(a, b, "support@example.com");
}

const partition = (pairs: Iterable<readonly [string, string]>): string[] => {
  const groups = new Map<string, string[]>();
  for (const [id, group] of pairs) groups.set(group, [...(groups.get(group) ?? []), id]);
  return [...groups.values()].map((group) => group.sort().join(" ")).sort();
};

const chunks = <T>(items: T[], sizes: number[]): T[][] => {
  const rest = [...items];
  const result: T[][] = [];
  for (let index = 0; rest.length > 0; index++) result.push(rest.splice(0, sizes[index % sizes.length]));
  return result;
};

test("any order and any batches give the partition of the edge relation", async () => {
  await fc.assert(
    fc.asyncProperty(
      mails,
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      async (inputs, sizes, dice) => {
        const { tenant, mailboxId } = await seedWorkspace(database.pool);
        const messages = build(mailboxId, inputs);
        const order = messages
          .map((message) => ({ message, key: dice.next().value as number }))
          .sort((a, b) => a.key - b.key);
        for (const batch of chunks(
          order.map(({ message }) => message),
          sizes,
        ))
          await storeMessages(tenant, batch);
        expect(partition(await storedConversations(tenant))).toEqual(expectedPartition(messages));
      },
    ),
    { numRuns: 120 },
  );
}, 180_000);

test("parallel transactions give the same partition", async () => {
  const second = database.secondPool();
  await fc.assert(
    fc.asyncProperty(mails, fc.integer({ min: 1, max: 3 }), async (inputs, size) => {
      const { tenant, mailboxId, workspaceId } = await seedWorkspace(database.pool);
      const other = tenantDb(second, workspaceId);
      const messages = build(mailboxId, inputs);
      const batches = chunks(messages, [size]);
      await Promise.all(
        batches.map((batch, index) => retried(() => storeMessages(index % 2 ? other : tenant, batch))),
      );
      expect(partition(await storedConversations(tenant))).toEqual(expectedPartition(messages));
    }),
    { numRuns: 80 },
  );
}, 180_000);

let transactions = 0;
let repeats = 0;
/** As `writeMailbox` repeats a transaction that PostgreSQL ended. */
async function retried(work: () => Promise<unknown>): Promise<void> {
  transactions++;
  for (let tries = 0; ; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "40P01" || tries > 3) throw error;
      repeats++;
    }
  }
}

test("deadlocks stay the exception", () => {
  expect(transactions).toBeGreaterThan(200);
  expect(repeats / transactions).toBeLessThan(0.03);
});

test("a late parent joins conversations, the oldest survives and the others name it", async () => {
  const { tenant, mailboxId } = await seedWorkspace(database.pool);
  const left = testMessage({
    mailboxId,
    messageId: "<left@x.example>",
    references: ["<root@x.example>", "<p1@x.example>"],
  });
  const right = testMessage({ mailboxId, messageId: "<right@x.example>", references: ["<p2@x.example>"] });
  await storeMessages(tenant, [left]);
  await storeMessages(tenant, [right]);
  const before = await storedConversations(tenant);
  expect(before.get(left.id)).not.toBe(before.get(right.id));
  const parent = testMessage({ mailboxId, messageId: "<p2@x.example>", references: ["<root@x.example>"] });
  await storeMessages(tenant, [parent]);
  const after = await storedConversations(tenant);
  const survivor = [before.get(left.id)!, before.get(right.id)!].sort()[0]!;
  expect(new Set(after.values())).toEqual(new Set([survivor]));
  const loser = [...before.values()].find((id) => id !== survivor)!;
  const row = await tenant.db
    .selectFrom("conversations")
    .select(["merged_into"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", loser)
    .executeTakeFirstOrThrow();
  expect(row.merged_into).toBe(survivor);
});

test("a thousand references to strangers tie at most 200; the nothing of `<>` ties none", async () => {
  const { tenant, mailboxId } = await seedWorkspace(database.pool);
  const strangers = Array.from({ length: 400 }, (_, index) =>
    testMessage({
      mailboxId,
      messageId: `<s${index}@x.example>`,
      fromAddress: `p${index}@example.org`,
      inReplyTo: ["<>"],
      references: ["", "< >", "<>"],
    }),
  );
  await storeMessages(tenant, strangers);
  expect(new Set((await storedConversations(tenant)).values()).size).toBe(400);
  const hostile = testMessage({
    mailboxId,
    messageId: "<evil@x.example>",
    references: Array.from({ length: 1_000 }, (_, index) => `<s${index % 400}@x.example>`),
  });
  await storeMessages(tenant, [hostile]);
  expect(new Set((await storedConversations(tenant)).values()).size).toBeGreaterThanOrEqual(201);
});

test("one Message-ID on unrelated mails does not join them until somebody refers to it", async () => {
  const { tenant, mailboxId } = await seedWorkspace(database.pool);
  const twins = ["Offer", "Complaint"].map((subject) =>
    testMessage({ mailboxId, messageId: "<same@x.example>", subject }),
  );
  for (const twin of twins) await storeMessages(tenant, [twin]);
  expect(new Set((await storedConversations(tenant)).values()).size).toBe(2);
  await storeMessages(tenant, [
    testMessage({ mailboxId, messageId: newId(), inReplyTo: ["<same@x.example>"], subject: "Re: Offer" }),
  ]);
  expect(new Set((await storedConversations(tenant)).values()).size).toBe(1);
});

test("workspaces do not thread into each other", async () => {
  const [one, two] = [await seedWorkspace(database.pool), await seedWorkspace(database.pool)];
  const of = (seed: typeof one) =>
    testMessage({ mailboxId: seed.mailboxId, messageId: "<w@x.example>", subject: "Hello" });
  const first = await storeMessages(one.tenant, [of(one)]);
  const second = await storeMessages(two.tenant, [of(two)]);
  expect([...second.conversationOf.values()][0]).not.toBe([...first.conversationOf.values()][0]);
});

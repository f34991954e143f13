/** Which locations share a message (sync.md 2), on a real database with a scripted server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { inboxAndSent, testParser, type InboxAndSent } from "../support/sync-rig.ts";

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

const rigged = (...extra: string[]): Promise<InboxAndSent> => inboxAndSent(database.pool, parser, ...extra);

const minute = (minutes: number) => ({ internalDateMs: 1_000_000_000_000 + minutes * 60_000 });

test("one mail in two folders is one message with two locations", async () => {
  const rig = await rigged("Copies");
  const raw = mail({ id: "same@x" });
  rig.inbox.add(raw);
  rig.server.folder("Copies").add(raw);
  await rig.backfill();
  expect((await rig.messages()).map((message) => message.places)).toEqual([["Copies 1 in", "INBOX 1 in"]]);
});

test("two senders with one Message-ID stay two", async () => {
  const rig = await rigged("Other");
  rig.inbox.add(mail({ id: "same@x", from: "ann@example.org", subject: "Offer" }));
  rig.server.folder("Other").add(mail({ id: "same@x", from: "mallory@example.net", subject: "Offer" }));
  await rig.backfill();
  expect(await rig.messages()).toHaveLength(2);
});

test("two uids of one folder are always two messages", async () => {
  const rig = await rigged();
  const raw = mail({ id: "twin@x" });
  rig.inbox.add(raw);
  rig.inbox.add(raw);
  await rig.backfill({ page: 1 });
  expect((await rig.messages()).map((message) => message.places.length)).toEqual([1, 1]);
});

test("a repeated header without the same date or structure stays two", async () => {
  const rig = await rigged("Other");
  rig.inbox.add(mail({ id: "same@x", text: "the first" }), { internalDateMs: 1_000_000 });
  rig.server.folder("Other").add(mail({ id: "same@x", text: "another text" }), { internalDateMs: 9_000_000 });
  await rig.backfill();
  expect(await rig.messages()).toHaveLength(2);
});

test.each([
  ["text", { text: "the other" }],
  ["recipient", { text: "the first", to: "b@example.org" }],
  ["header", { text: "the first", headers: "X-Trace: another way" }],
])("another %s under the same identity, date and structure stays two", async (_, other) => {
  const rig = await rigged("Other");
  const at = { internalDateMs: 1_000_000 };
  rig.inbox.add(mail({ id: "same@x", text: "the first", to: "a@example.org" }), at);
  rig.server.folder("Other").add(mail({ id: "same@x", to: "a@example.org", ...other }), at);
  await rig.backfill();
  expect((await rig.messages()).map(({ places }) => places.length)).toEqual([1, 1]);
});

test("a Message-ID is kept as its header has it, beside the key made of it", async () => {
  const rig = await rigged();
  const long = `<${"漢".repeat(900)}@x>`;
  for (const id of ["<usual@x>", "bare@x", "<with blank@x>", long])
    rig.inbox.add(mail({ id: "any@x" }).replace("<any@x>", id));
  await rig.backfill();
  const ids = (await rig.messages()).map((message) => [message.message_id, message.written_message_id]);
  expect(ids).toEqual(
    expect.arrayContaining([
      ["<usual@x>", null],
      ["<bare@x>", "bare@x"],
      ["<withblank@x>", "<with blank@x>"],
      [expect.stringContaining("@long-id.invalid>"), long],
    ]),
  );
});

test.each(["first", "last"])("an odd address meets itself: the answer comes %s", async (when) => {
  const rig = await rigged();
  const ann = '"Ann B"@Example.net';
  const own = "support@example.com";
  const question = () => rig.inbox.add(mail({ id: "q@x", from: ann, to: own, subject: "Offer" }), minute(0));
  const answer = () =>
    rig.inbox.add(mail({ id: "a@x", from: own, to: ann, subject: "AW: Offer" }), minute(5));
  for (const add of when === "first" ? [question, answer] : [answer, question]) add();
  await rig.backfill({ page: 1 }); // the newest UID first, each in a transaction of its own
  expect(new Set((await rig.messages()).map((message) => message.conversation_id)).size).toBe(1);
});

test("a mail to oneself is one received message; a reply that came back by Cc is sent", async () => {
  const rig = await rigged();
  const own = "support@example.com";
  const note = mail({ id: "note@x", from: own, to: own, subject: "Note" });
  const reply = mail({
    id: "reply@x",
    from: own,
    to: "ann@example.org",
    subject: "Answer",
    headers: `Cc: ${own}`,
  });
  for (const raw of [note, reply]) {
    rig.sent.add(raw);
    rig.inbox.add(`Received: from mx.example.com; Tue, 3 Mar 2026 10:00:02 +0000\r\n${raw}`);
  }
  await rig.backfill();
  const messages = await rig.messages();
  const find = (id: string) => messages.find((message) => message.message_id === `<${id}@x>`);
  expect(find("note")).toMatchObject({ direction: "in", places: ["INBOX 1 in", "Sent 1 out"] });
  expect(find("reply")).toMatchObject({ direction: "out", places: ["INBOX 2 in", "Sent 2 out"] });
  expect(messages).toHaveLength(2);
});

test.each([1, 2])(
  "of two mails alike, the one that was moved is the one found in the other folder (uid %i)",
  async (uid) => {
    const rig = await rigged("Work");
    const raw = mail({ id: "twin@x" });
    rig.inbox.add(raw);
    rig.inbox.add(raw);
    await rig.backfill();
    const before = new Map((await rig.messages()).map((message) => [message.places[0], message.id]));
    rig.server.move(uid, rig.inbox, rig.server.folder("Work"));
    for (const path of ["INBOX", "Work"]) await rig.look(path);
    const after = new Map((await rig.messages()).map((message) => [message.places.join(), message.id]));
    expect(after.get("Work 1 in")).toBe(before.get(`INBOX ${uid} in`));
    expect(await rig.proveAll()).toBe(0);
  },
);

/** Lists, pages, counts and search, and that workspaces do not see each other. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  countConversations,
  getConversation,
  listConversations,
  type ListOptions,
} from "../../src/inbox/conversations.ts";
import { getMessageDisplay, getMessageDocument, trustSender } from "../../src/inbox/message-view.ts";
import { getMessage, listMessages } from "../../src/inbox/messages.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { storeMessages, testMessage, testNow, type MessageInput } from "./inbox-fixtures.ts";

let database: TestDatabase;
let seed: SeededWorkspace;
let other: SeededWorkspace;
const minute = 60_000;

const mails: Partial<MessageInput>[] = [
  {
    subject: "Rechnung für März",
    text: "Die Grüße aus Köln, Straße 5",
    fromAddress: "jürgen@köln.example",
    fromName: "Jürgen Groß",
  },
  { subject: "订单发货", text: "请问我的订单什么时候发货？", fromAddress: "li@example.cn", fromName: "李雷" },
  { subject: "注文の確認", text: "東京都に届けてください", fromAddress: "sato@example.jp" },
  { subject: "Party 🎉", text: "see you there", fromAddress: "party@example.net", seen: true },
  {
    subject: "Invoice 4711",
    text: "the blue parcel is broken",
    attachments: [{ n: 1, disposition: "attachment" }],
    receivedAtMs: testNow - 400 * 24 * 3_600_000,
  },
  { subject: "100% off_now", text: "parcel, not blue", to: ["sales@example.com"] },
];

beforeAll(async () => {
  database = await testDatabase();
  [seed, other] = [await seedWorkspace(database.pool), await seedWorkspace(database.pool)];
  for (const [index, mail] of mails.entries()) {
    for (const { tenant, mailboxId } of index === 0 ? [seed, other] : [seed]) {
      await storeMessages(
        tenant,
        [testMessage({ mailboxId, receivedAtMs: testNow - index * minute, ...mail })],
        "new",
      );
    }
  }
});
afterAll(() => database.close());

const subjects = async (more: Partial<ListOptions>, of: SeededWorkspace = seed): Promise<string[]> =>
  (await listConversations(of.tenant, { view: "all", userId: "ann", limit: 50, ...more })).items.map(
    ({ subject }) => subject,
  );

describe("search", () => {
  test.each([
    ["grüße", ["Rechnung für März"]],
    ["GRÜSSE", ["Rechnung für März"]],
    ["grusse koln", ["Rechnung für März"]],
    ["STRAßE köln", ["Rechnung für März"]],
    ["rechn", ["Rechnung für März"]],
    ["rechn märz", []],
    ["订单", ["订单发货"]],
    ["李雷", ["订单发货"]],
    ["什么时候 发货", ["订单发货"]],
    ["東京都", ["注文の確認"]],
    ["注文", ["注文の確認"]],
    ["🎉", ["Party 🎉"]],
    ["party 🎉", ["Party 🎉"]],
    ["🚀", []],
    ['"blue parcel"', ["Invoice 4711"]],
    ["blue parcel", ["100% off_now", "Invoice 4711"]],
    ['parcel "not blue"', ["100% off_now"]],
    ["from:jürgen", ["Rechnung für März"]],
    ['from:"Jürgen Groß"', ["Rechnung für März"]],
    ["to:sales", ["100% off_now"]],
    ["subject:0%", ["100% off_now"]],
    ["subject:f_n", ["100% off_now"]],
    ["subject:_", ["100% off_now"]],
    ["has:attachment", ["Invoice 4711"]],
    ["is:unread party", []],
    ["parcel before:2026", ["Invoice 4711"]],
    ["parcel after:2026-01-01", ["100% off_now"]],
    ["parcel before:2025-02-31x", []],
  ])("%s", async (q, expected) => {
    expect((await subjects({ q })).sort()).toEqual([...expected].sort());
    expect((await subjects({ q, commonHits: 0 })).sort()).toEqual([...expected].sort());
  });

  test.each([
    `'`,
    `"`,
    `& | ! ( ) <->`,
    `a:b:c`,
    `from:`,
    `\\`,
    `'; drop table x; --`,
    `\0`,
    `\ud800`,
    `"unclosed phrase`,
    `:*`,
    `x'y\\z`,
    "%",
    "a".repeat(500),
    "🎉".repeat(250),
  ])("%j is no error", async (q) => {
    await expect(subjects({ q })).resolves.toBeInstanceOf(Array);
  });

  test("finds nothing of another workspace", async () => {
    expect(await subjects({ q: "grüße" }, other)).toEqual(["Rechnung für März"]);
    expect(await subjects({ q: "订单" }, other)).toEqual([]);
  });
});

describe("lists", () => {
  test("pages meet without gap or repetition, whatever the limit", async () => {
    for (const limit of [1, 2, 5]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listConversations(seed.tenant, {
          view: "all",
          userId: null,
          limit,
          cursor,
          mailboxId: seed.mailboxId,
        });
        seen.push(...page.items.map(({ subject }) => subject));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(await subjects({}));
    }
  });

  test.each([
    "x",
    "",
    Buffer.from("2026-01-01T00:00:00.000000Z|no").toString("base64url"),
    Buffer.from("9999-99-99T99:99:99.999999Z|00000000-0000-7000-8000-000000000000").toString("base64url"),
  ])("refuses the cursor %j", async (cursor) => {
    await expect(subjects({ cursor })).rejects.toMatchObject({
      code: "invalid_request",
      details: { field: "cursor" },
    });
  });

  test.each([0, 501, 1.5])("refuses the limit %d", async (limit) => {
    await expect(subjects({ limit })).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("views and counts agree", async () => {
    expect((await subjects({ view: "open" })).length).toBe(6);
    expect(await subjects({ view: "mine" })).toEqual([]);
    expect(await countConversations(seed.tenant, "ann")).toEqual({
      views: { mine: 0, unassigned: 6, open: 6, snoozed: 0, closed: 0, all: 6 },
      mailboxes: { [seed.mailboxId]: 6 },
      cap: 1_000,
    });
    expect((await countConversations(other.tenant, "ann")).views.all).toBe(1);
  });

  test("ids of another workspace are not there", async () => {
    const [conversation] = (await listConversations(seed.tenant, { view: "all", userId: null, limit: 1 }))
      .items;
    const [message] = (await listMessages(seed.tenant, conversation!.id, { limit: 1 })).items;
    await expect(getConversation(other.tenant, conversation!.id, null)).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(listMessages(other.tenant, conversation!.id, { limit: 1 })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(getMessage(other.tenant, message!.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(getMessageDisplay(other.tenant, message!.id)).rejects.toMatchObject({ code: "not_found" });
    expect(await subjects({ mailboxId: seed.mailboxId }, other)).toEqual([]);
  });
});

test("remote pictures stay off until the sender is trusted, inside ones show", async () => {
  const html = '<p>Hi</p><img src="http://t.example/p.png"><img src="cid:logo@x"><script>alert(1)</script>';
  const attachments = [{ n: 1, contentId: "<logo@x>", disposition: "inline" }];
  const message = testMessage({
    mailboxId: other.mailboxId,
    fromAddress: "news@example.org",
    html,
    text: "Hi",
    attachments,
  });
  await storeMessages(other.tenant, [message], "new");
  const page = () =>
    getMessageDocument(other.tenant, message.id, {
      allowImages: false,
      dark: false,
      quotes: "folded",
      imageUrl: (src) => `/proxy?${src}`,
      attachmentUrl: (n) => `/a/${n}`,
    });
  expect(await getMessageDisplay(other.tenant, message.id)).toMatchObject({
    kind: "html",
    remoteImages: 1,
    imagesAllowed: false,
  });
  const before = await page();
  expect(before).not.toContain("/proxy?");
  expect(before).not.toContain("script");
  expect(before).toContain('src="/a/1"');
  await trustSender(other.tenant, "News@Example.org", "ann");
  expect(await page()).toContain("/proxy?http://t.example/p.png");
  expect((await getMessageDisplay(other.tenant, message.id)).imagesAllowed).toBe(true);
});

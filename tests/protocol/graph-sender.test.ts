/** Sending by Microsoft Graph as the sandbox speaks it: what leaves, what stays behind, and what is certain. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { HitchpostError } from "../../src/core/errors.ts";
import { createGraphSender } from "../../src/protocol/graph/graph-sender.ts";
import { createGraphSource } from "../../src/protocol/graph/graph-source.ts";
import type { GraphFetch } from "../../src/protocol/graph/client.ts";
import type { MailSender, SendGate } from "../../src/protocol/mail-sender.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import { composeMessage } from "../../src/protocol/mime/compose.ts";
import { startGraphServer, type GraphPerson, type GraphServer } from "../support/graph-server.ts";
import { silentLog } from "../support/silent-log.ts";

let server: GraphServer;
let [me, you]: GraphPerson[] = [];
let asked: string[];
/** In place of the network, for the next request whose path fits. */
let broken: { fits: RegExp; instead: () => Promise<Response> } | null;

beforeAll(async () => {
  server = await startGraphServer();
});
afterAll(() => server?.stop());
beforeEach(() => {
  [me, you] = [server.person(), server.person()];
  [asked, broken] = [[], null];
});

const viaNetwork: GraphFetch = (url, init) => {
  const { pathname } = new URL(url);
  asked.push(`${init?.method ?? "GET"} ${pathname.replaceAll(/[\w=-]{60,}/g, "ID")}`);
  const { fits, instead } = broken ?? {};
  return fits?.test(pathname) === true && instead !== undefined ? instead() : fetch(url, init);
};
const connection = (person: GraphPerson) => ({
  baseUrl: server.url,
  auth: async () => ({ accessToken: person.token }),
  fetch: viaNetwork,
  clock: systemClock,
  log: silentLog,
});
const senderOf = (person: GraphPerson): MailSender =>
  createGraphSender({ ...connection(person), address: person.address });
const sourceOf = (person: GraphPerson): MailSource => createGraphSource(connection(person));

const compose = (files: { filename: string; bytes: number }[] = []): Promise<Uint8Array> =>
  composeMessage({
    from: { name: "Me", address: me!.address },
    to: [{ name: "You", address: you!.address }],
    cc: [],
    bcc: [],
    subject: "Re: pots",
    text: "An answer.",
    html: "<p>An answer.</p>",
    inReplyTo: "<question@shop.example>",
    references: ["<first@shop.example>", "<question@shop.example>"],
    messageId: `<answer-${Math.random()}@hitchpost.example>`,
    dateMs: Date.now(),
    attachments: files.map(({ filename, bytes }) => ({
      filename,
      contentType: "application/pdf",
      content: Buffer.alloc(bytes, "x"),
    })),
  });
const shutAtDot: SendGate = (stage) => {
  if (stage === "dot") throw new HitchpostError("fence_lost", "another owner");
};
const drop = () => Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNRESET" } }));
const busy = async () =>
  Response.json(
    { error: { code: "ErrorServerBusy", message: "later" } },
    { status: 503, headers: { "retry-after": "1" } },
  );
const denied = async () =>
  Response.json({ error: { code: "ErrorAccessDenied", message: "no" } }, { status: 403 });
const open: SendGate = () => undefined;
const envelope = () => ({ from: me!.address, to: [you!.address] });
const held = (person: GraphPerson, role: "inbox" | "sent" | "drafts" | "trash") => {
  const folder = server.store.folders.byRole(person.mailboxId, role).id;
  return server.store.messages.uids(folder).map((uid) => server.store.messages.raw(folder, uid)!.toString());
};
/** Neither here nor there, and nothing left behind. */
const expectNothingLeft = (): void =>
  expect([held(you!, "inbox"), held(me!, "sent"), held(me!, "drafts")]).toEqual([[], [], []]);

test("a reply goes out once, threads, and its copy is known by key and Message-ID", async () => {
  const stages: string[] = [];
  const receipt = await senderOf(me!).send(await compose(), envelope(), (stage) => void stages.push(stage));
  expect(stages).toEqual(["data", "dot"]);
  const [arrived, ...more] = held(you!, "inbox");
  expect(more).toEqual([]);
  expect(arrived).toContain("In-Reply-To: <question@shop.example>");
  const source = sourceOf(me!);
  const sent = (await source.listFolders()).find(({ role }) => role === "sent")!;
  const { items } = (await source.listAll(sent.path)).window;
  expect(items.map(({ key }) => key)).toEqual([receipt.copy?.key]);
  expect(held(me!, "sent")[0]).toContain(receipt.copy?.messageId);
  expect(receipt.response).toContain(receipt.copy?.messageId);
  expect(held(me!, "drafts")).toEqual([]);
});

test("who stands in the envelope alone gets it blind", async () => {
  const third = server.person();
  await senderOf(me!).send(await compose(), { from: me!.address, to: [you!.address, third.address] }, open);
  expect(held(third, "inbox").length).toBe(1);
  expect(held(you!, "inbox")[0]).not.toContain(third.address);
});

test("a file of 5 MB goes in pieces, without the token", async () => {
  await senderOf(me!).send(await compose([{ filename: "plan.pdf", bytes: 5_000_000 }]), envelope(), open);
  expect(asked.filter((line) => line.startsWith("PUT")).length).toBe(2);
  const [arrived] = held(you!, "inbox");
  expect(arrived!.length).toBeGreaterThan(6_000_000);
  expect(arrived).toContain("plan.pdf");
  expect(arrived).toContain("In-Reply-To: <question@shop.example>");
});

test("when the lease is gone before the dot nothing leaves, and the draft is taken away", async () => {
  await expect(senderOf(me!).send(await compose(), envelope(), shutAtDot)).rejects.toMatchObject({
    code: "fence_lost",
  });
  expectNothingLeft();
});

test("a connection that breaks at the draft is certain; after /send was asked it is unclear", async () => {
  broken = { fits: /\/me\/messages$/, instead: drop };
  await expect(senderOf(me!).send(await compose(), envelope(), open)).rejects.toMatchObject({
    code: "connection_lost",
  });
  expectNothingLeft();
  for (const instead of [drop, async () => new Response("bad gateway", { status: 502 })]) {
    broken = { fits: /\/send$/, instead };
    await expect(senderOf(me!).send(await compose(), envelope(), open)).rejects.toMatchObject({
      code: "send_unclear",
    });
  }
});

test("a refusal at /send is certain: a pause is told, and nothing stays behind", async () => {
  broken = { fits: /\/send$/, instead: busy };
  await expect(senderOf(me!).send(await compose(), envelope(), open)).rejects.toMatchObject({
    code: "throttled",
    details: { retryAfterMs: 1_000 },
  });
  broken = null;
  expectNothingLeft();
});

test("another From than the mailbox's own is refused by Microsoft, for good", async () => {
  const raw = Buffer.from((await compose()).toString().replace(me!.address, you!.address));
  const from = { from: you!.address, to: [you!.address] };
  await expect(senderOf(me!).send(raw, from, open)).rejects.toMatchObject({ code: "send_rejected" });
  expectNothingLeft();
});

test("where drafts are not permitted the MIME is handed over whole", async () => {
  broken = { fits: /\/me\/messages$/, instead: denied };
  const receipt = await senderOf(me!).send(await compose(), envelope(), open);
  expect([receipt.response, held(you!, "inbox").length]).toEqual(["202 Accepted", 1]);
});

test("a sent copy is found by its id, and by what it says", async () => {
  const raw = await compose();
  const messageId = /^Message-ID: (.*)$/im.exec(raw.toString())![1]!.trim();
  await senderOf(me!).send(raw, envelope(), open);
  const source = sourceOf(me!);
  const sent = (await source.listFolders()).find(({ role }) => role === "sent")!;
  const { items } = (await source.listAll(sent.path)).window;
  const trace = {
    from: me!.address,
    to: [you!.address],
    subject: "Re: pots",
    dateMs: Date.now(),
    otherIds: [],
  };
  const keys = items.map(({ key }) => key);
  expect(await source.findSent(sent.path, { ...trace, messageId })).toEqual(keys);
  expect(await source.findSent(sent.path, { ...trace, messageId: "<unknown@x>" })).toEqual(keys);
  expect(await source.findSent(sent.path, { ...trace, messageId: "<unknown@x>", subject: "other" })).toEqual(
    [],
  );
});

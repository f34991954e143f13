/** Bad input (issue 2): whatever stands in a mailbox, nothing is lost, nothing hangs, and every message can be opened. */
import { createHash } from "node:crypto";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openContext, signIn, wideLight } from "../support/browser.ts";
import { badMessages, type BadMessage } from "../support/bad-messages.ts";
import { connectDovecot, mailboxUser as user, otherClient } from "../support/dovecot-mailbox.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { madeMessage } from "../support/made-messages.ts";
import { apiClient, startProduct, type Product } from "../support/product.ts";

/** As people name their folders; one the way IMAP's own encoding (RFC 3501 5.1.3) could stumble over. */
const oddFolders = ["发票 2026", 'She said "now"', "Töpfe & Schalen", "100% *sure*", "back\\slash", "&AMA-"];
const answersWithinMs = 15_000;

let dovecot: Dovecot;
let product: Product;
let apiKey: string;
let messages: ApiMessage[];
const made: BadMessage[] = badMessages();

interface ApiMessage {
  id: string;
  messageId: string | null;
  conversationId: string;
  subject: string;
  text: string;
  folders: { path: string; uid: number }[];
  parseFlags: string[];
  attachments: { n: number; filename: string | null; sizeBytes: number }[];
}

interface ApiFolder {
  id: string;
  path: string;
  selectable: boolean;
  stored: number;
  problem: string | null;
}

const readable = (): string[] => ["INBOX", "Sent", "Archive", ...oddFolders];

/** "folder uid" to the digest of the bytes that the server gives. */
const onServer = (): Promise<Map<string, string>> =>
  otherClient(dovecot, async (client) => {
    const found = new Map<string, string>();
    for (const folder of readable()) {
      await client.mailboxOpen(folder, { readOnly: true });
      for await (const { uid, source } of client.fetch("1:*", { uid: true, source: true }))
        found.set(`${folder} ${uid}`, digest(source ?? Buffer.alloc(0)));
    }
    return found;
  });

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

beforeAll(async () => {
  dovecot = await startDovecot({ users: { [user]: "secret" } });
  for (const { folder, raw } of made) await dovecot.deliver(user, folder, raw, "S");
  await otherClient(dovecot, async (client) => {
    for (const [n, folder] of oddFolders.entries()) {
      await client.mailboxCreate(folder);
      await client.append(folder, Buffer.from(madeMessage(n * 5, "well@dovecot.example", 0).raw));
    }
  });
  await dovecot.deliver(user, "Shelf/Lower", madeMessage(1, "x@made.example", 0).raw, "S"); // Shelf: \Noselect
  await dovecot.deliver(user, "Locked", madeMessage(2, "x@made.example", 0).raw, "S");
  await chmod(join(dovecot.maildir(user), ".Locked"), 0);
  product = await startProduct();
  apiKey = await product.setup();
  const folders = [...readable(), "Locked"];
  const { code, stderr, stdout } = await connectDovecot(product, apiKey, dovecot, folders);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ state: "live", finding: null });
  messages = await storedMessages();
});

afterAll(async () => {
  await product?.stop();
  await chmod(join(dovecot.maildir(user), ".Locked"), 0o700);
  await dovecot?.stop();
});

const api = () => apiClient(product.url, apiKey);

async function storedMessages(): Promise<ApiMessage[]> {
  const conversations = await api().all<{ id: string }>("/v1/conversations?view=all");
  const found: ApiMessage[] = [];
  for (const { id } of conversations)
    found.push(...(await api().all<ApiMessage>(`/v1/conversations/${id}/messages`)));
  return found;
}

/** Dovecot numbers a folder's messages in the order of delivery. */
function storedAs(message: BadMessage): ApiMessage {
  const uid = made.filter(({ folder }) => folder === message.folder).indexOf(message) + 1;
  const path = message.folder === "" ? "INBOX" : message.folder;
  const found = messages.find(({ folders }) => folders.some((one) => one.path === path && one.uid === uid));
  if (!found) throw new Error(`${message.name} (${path} ${uid}) is not stored`);
  return found;
}

async function get(path: string): Promise<{ status: number; bytes: Buffer; headers: Headers }> {
  const response = await fetch(`${product.url}${path}`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(answersWithinMs),
  });
  return {
    status: response.status,
    bytes: Buffer.from(await response.arrayBuffer()),
    headers: response.headers,
  };
}

const folders = async (): Promise<ApiFolder[]> => {
  const [mailbox] = await api().all<{ id: string }>("/v1/mailboxes");
  return ((await api().call("GET", `/v1/mailboxes/${mailbox!.id}/folders`)) as { items: ApiFolder[] }).items;
};

test("every message of every readable folder is stored once", async () => {
  const server = [...(await onServer()).keys()].sort();
  const here = messages.flatMap((one) => one.folders.map(({ path, uid }) => `${path} ${uid}`)).sort();
  expect(here).toEqual(server);
  expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
});

test("the folder that does not open says so, and only that one", async () => {
  const all = await folders();
  const found = (path: string) => all.find((folder) => folder.path === path);
  expect(found("Locked")).toMatchObject({ problem: "folder_unavailable", stored: 0 });
  expect(all.filter((folder) => folder.problem !== null).map(({ path }) => path)).toEqual(["Locked"]);
  expect(found("Shelf")).toMatchObject({ selectable: false });
  const [mailbox] = await api().all<{ id: string }>("/v1/mailboxes");
  await expect(
    api().call("PUT", `/v1/mailboxes/${mailbox!.id}/folders`, { selected: ["Shelf"] }),
  ).rejects.toThrow(/400 .*"field":"selected"/);
});

test("the others are counted all the same", async () => {
  const [mailbox] = await api().all<{ id: string }>("/v1/mailboxes");
  const count = (...paths: string[]) =>
    api().call("POST", `/v1/mailboxes/${mailbox!.id}/estimate`, { folders: paths, history: "all" });
  const inbox = (await count("INBOX")) as { messages: number };
  expect(inbox.messages).toBeGreaterThan(20);
  expect(await count("INBOX", "Locked")).toEqual(inbox);
});

test("its page says so, too, and what happens next", async () => {
  const [mailbox] = await api().all<{ id: string }>("/v1/mailboxes");
  const browser = await launchBrowser();
  try {
    const context = await openContext(browser, wideLight, (text) => expect.unreachable(text));
    const page = await context.newPage();
    await page.goto(`${product.url}/mailboxes/${mailbox!.id}`);
    await signIn(page);
    await page.getByText(/folder Locked be read just now\. The others go on/).waitFor();
    await page.getByRole("tab", { name: "Folders" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "Locked" });
    await row.getByText("cannot be read just now").waitFor();
    expect(await page.getByText("cannot be read just now").count()).toBe(1);
  } finally {
    await browser.close();
  }
});

describe.each(made.map((message) => ({ ...message, message })))("$name", ({ message }) => {
  test("is flagged and shown", async () => {
    const stored = storedAs(message);
    expect(stored.parseFlags).toEqual(expect.arrayContaining(message.flags ?? []));
    if (message.subject !== undefined) expect(stored.subject).toContain(message.subject);
    if (message.messageId !== undefined) expect(stored.messageId).toBe(message.messageId);
    if (message.attachments !== undefined) expect(stored.attachments).toHaveLength(message.attachments);
    expect(JSON.stringify(stored)).not.toContain(String.raw`\u0000`);
    for (const path of ["", "/display", "/body"]) {
      const { status, bytes } = await get(`/v1/messages/${stored.id}${path}`);
      expect([path, status]).toEqual([path, 200]);
      expect(bytes.length).toBeLessThan(30 * 1024 * 1024);
    }
  });

  test("its source and its attachments can be had", async () => {
    const stored = storedAs(message);
    const { status, bytes } = await get(`/v1/messages/${stored.id}/raw`);
    expect(status).toBe(200);
    const server = await serverDigest(stored);
    expect(digest(bytes)).toBe(server);
    const sizes: number[] = [];
    for (const { n } of stored.attachments) {
      const file = await get(`/v1/messages/${stored.id}/attachments/${n}`);
      expect(file.status).toBe(200);
      sizes.push(file.bytes.length);
      expect(file.headers.get("content-disposition")).toMatch(/^attachment; /);
      expect(file.headers.get("set-cookie")).toBeNull();
    }
    const again = (await api().call("GET", `/v1/messages/${stored.id}`)) as ApiMessage;
    expect(again.attachments.map(({ sizeBytes }) => sizeBytes)).toEqual(sizes);
  });
});

test.each(made.filter(({ word }) => word !== undefined))("$name is found by search", async (message) => {
  const hits = await api().all<{ id: string }>(`/v1/conversations?view=all&q=${message.word ?? ""}`);
  expect(hits.map(({ id }) => id)).toContain(storedAs(message).conversationId);
});

let server: Promise<Map<string, string>> | undefined;
async function serverDigest({ folders: [place] }: ApiMessage): Promise<string | undefined> {
  server ??= onServer();
  return (await server).get(`${place!.path} ${place!.uid}`);
}

const named = (name: string): ApiMessage => storedAs(made.find((one) => one.name === name)!);

test("two different mails with one Message-ID stay two", () => {
  const twins = [named("twin-one"), named("twin-two")];
  expect(twins.map(({ messageId }) => messageId)).toEqual(["<twin@bad.example>", "<twin@bad.example>"]);
  expect(new Set(twins.map(({ id }) => id)).size).toBe(2);
});

test("one mail in two folders is one message, and a mail to oneself is shown in one conversation", () => {
  expect(named("same-")).toMatchObject({ id: named("same-Archive").id });
  expect(named("self-inbox").conversationId).toBe(named("self-sent").conversationId);
});

test("a forwarded mail without a name is saved as one", async () => {
  const { headers, bytes } = await get(`/v1/messages/${named("forwarded").id}/attachments/1`);
  expect(headers.get("content-disposition")).toContain('filename="attachment-1.eml"');
  expect(bytes.toString()).toBe("Subject: inner\r\n\r\ninner text");
});

test("a file of 50 MB comes back whole", async () => {
  const stored = named("50-mb-file");
  const { bytes } = await get(`/v1/messages/${stored.id}/attachments/1`);
  expect(bytes.length).toBeGreaterThan(36 * 1024 * 1024);
  expect(bytes.subarray(0, 6).toString()).toBe("ABCABC");
});

test("a folder that locks itself while live stops no other", async () => {
  const locked = join(dovecot.maildir(user), ".Archive");
  await chmod(locked, 0);
  try {
    await dovecot.deliver(user, "", madeMessage(77, "well@dovecot.example", Date.now()).raw);
    const arrived = async () =>
      (await storedMessages()).some(({ messageId }) => messageId === "<made-77@made.example>");
    await expect.poll(arrived, { timeout: 20_000, interval: 500 }).toBe(true);
    const [mailbox] = await api().all<{ state: string }>("/v1/mailboxes");
    expect(mailbox).toMatchObject({ state: "live" });
  } finally {
    await chmod(locked, 0o700);
  }
});

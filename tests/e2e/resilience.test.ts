/** What goes on between server, product and person while things break: flags, moves, deaths, outages, restarts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDovecot, mailboxUser as user, otherClient } from "../support/dovecot-mailbox.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { readEvents, type EventReader } from "../support/event-reader.ts";
import { madeMessage } from "../support/made-messages.ts";
import { alive, family, postgresPid, processesOf } from "../support/processes.ts";
import { apiClient, openDirectory, sandboxFacts, startProduct, type Product } from "../support/product.ts";

const pushed = { timeout: 15_000, interval: 100 };
const slow = { timeout: 60_000, interval: 200 };

let dovecot: Dovecot;
let product: Product;
let directory: string;
let apiKey: string;
let reader: EventReader;

interface ApiMessage {
  id: string;
  messageId: string;
  flagged: boolean;
  conversationId: string;
  folders: { id: string; path: string; uid: number; flags: string[] }[];
  goneAt: string | null;
}

const api = () => apiClient(product.url, apiKey);
const idOf = (n: number): string => `<made-${n}@made.example>`;
/** Of different conversations when the numbers are multiples of five. */
const arrive = (n: number, folder = ""): Promise<void> =>
  dovecot.deliver(user, folder, madeMessage(n, "well@dovecot.example", Date.now()).raw);

const messages = (): Promise<ApiMessage[]> => api().messages<ApiMessage>();

/** The one message of that number: never two. */
async function message(n: number): Promise<ApiMessage> {
  const found = (await messages()).filter(({ messageId }) => messageId === idOf(n));
  expect(found).toHaveLength(1);
  return found[0]!;
}

const isHere = async (n: number): Promise<boolean> =>
  (await messages()).some(({ messageId }) => messageId === idOf(n));

const unread = async (n: number): Promise<boolean> => {
  const { conversationId } = await message(n);
  const conversation = await api().call("GET", `/v1/conversations/${conversationId}`);
  return (conversation as { unread: boolean }).unread;
};

const mailbox = async (): Promise<{ id: string; state: string }> =>
  (await api().all<{ id: string; state: string }>("/v1/mailboxes"))[0]!;

/** Folder → flags on the server of the message of that number. */
const onServer = (n: number): Promise<Record<string, string[]>> =>
  otherClient(dovecot, async (client) => {
    const found: Record<string, string[]> = {};
    for (const folder of ["INBOX", "Archive", "Trash"]) {
      await client.mailboxOpen(folder, { readOnly: true });
      const uids = (await client.search({ header: { "message-id": idOf(n) } }, { uid: true })) || [];
      for (const uid of uids) {
        const row = await client.fetchOne(String(uid), { flags: true }, { uid: true });
        found[folder] =
          row === false ? [] : [...(row.flags ?? [])].filter((flag) => flag !== "\\Recent").sort();
      }
    }
    return found;
  });

const change = (n: number, work: "seen" | "move" | "delete"): Promise<void> =>
  otherClient(dovecot, async (client) => {
    await client.mailboxOpen("INBOX");
    const uids = (await client.search({ header: { "message-id": idOf(n) } }, { uid: true })) || [];
    const set = uids.join(",");
    if (work === "seen") await client.messageFlagsAdd(set, ["\\Seen"], { uid: true });
    if (work === "move") await client.messageMove(set, "Archive", { uid: true });
    if (work === "delete") await client.messageDelete(set, { uid: true });
  });

beforeAll(async () => {
  dovecot = await startDovecot({ users: { [user]: "secret" } });
  for (let n = 0; n < 40; n += 5) await arrive(n);
  await arrive(100, "Archive");
  directory = await openDirectory("hitchpost-resilience-");
  product = await startProduct({ dataDir: directory });
  apiKey = await product.setup();
  reader = readEvents(product.url, apiKey);
  const { code, stderr } = await connectDovecot(product, apiKey, dovecot, [
    "INBOX",
    "Sent",
    "Archive",
    "Trash",
  ]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

afterAll(async () => {
  await reader?.stop();
  await product?.stop();
  await dovecot?.stop();
  await rm(directory, { recursive: true, force: true });
});

test("read and flagged go both ways", async () => {
  expect(await unread(0)).toBe(true);
  await change(0, "seen");
  await expect.poll(() => unread(0), pushed).toBe(false);
  const { id, conversationId } = await message(0);
  await api().call("PATCH", `/v1/messages/${id}`, { flagged: true });
  await expect.poll(() => onServer(0), pushed).toEqual({ INBOX: ["\\Flagged", "\\Seen"] });
  await api().call("PATCH", `/v1/conversations/${conversationId}`, { read: false });
  await expect.poll(() => onServer(0), pushed).toEqual({ INBOX: ["\\Flagged"] });
  await expect.poll(() => unread(0), pushed).toBe(true);
});

test("moves and deletions of ours reach the server", async () => {
  const [moved, deleted] = [await message(5), await message(10)];
  const { items } = (await api().call("GET", `/v1/mailboxes/${(await mailbox()).id}/folders`)) as {
    items: { id: string; path: string }[];
  };
  const archive = items.find(({ path }) => path === "Archive")!;
  await api().call("POST", `/v1/messages/${moved.id}/move`, { folderId: archive.id });
  await api().call("DELETE", `/v1/messages/${deleted.id}`);
  await expect.poll(async () => Object.keys(await onServer(5)), pushed).toEqual(["Archive"]);
  await expect.poll(async () => Object.keys(await onServer(10)), pushed).toEqual(["Trash"]);
  const placeOf = async (n: number): Promise<string[]> =>
    (await message(n)).folders.map(({ path, uid }) => `${path} ${uid > 0}`);
  await expect.poll(() => placeOf(5), slow).toEqual(["Archive true"]);
  await expect.poll(() => placeOf(10), slow).toEqual(["Trash true"]);
  expect(await message(5)).toMatchObject({
    id: moved.id,
    conversationId: moved.conversationId,
    goneAt: null,
  });
  expect(await message(10)).toMatchObject({ id: deleted.id, goneAt: null });
});

test("a move on the server keeps the conversation; a deletion there is told after it was proved", async () => {
  const [moved, deleted] = [await message(15), await message(20)];
  await Promise.all([change(15, "move"), change(20, "delete")]);
  const places = async () => (await message(15)).folders.map(({ path }) => path);
  await expect.poll(places, slow).toEqual(["Archive"]);
  expect(await message(15)).toMatchObject({
    id: moved.id,
    conversationId: moved.conversationId,
    goneAt: null,
  });
  await expect.poll(async () => (await message(20)).goneAt, slow).not.toBeNull();
  const gone = await message(20);
  expect(gone).toMatchObject({ id: deleted.id, conversationId: deleted.conversationId, folders: [] });
});

const ready = async (): Promise<number> => (await fetch(`${product.url}/readyz`)).status;
const status = async (path: string): Promise<number> =>
  (await fetch(`${product.url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } })).status;

test("after kill -9 of its database it recovers by itself, and meanwhile blames nothing else", async () => {
  const before = postgresPid(directory);
  const answers = new Set<number>();
  process.kill(before, "SIGKILL");
  await expect.poll(ready, { timeout: 10_000, interval: 10 }).toBe(503);
  const healthy = async (): Promise<boolean> => {
    answers.add(await status("/v1/mailboxes")).add(await status("/v1/conversations?q=mugs"));
    return (await ready()) === 200;
  };
  await expect.poll(healthy, { timeout: 30_000, interval: 20 }).toBe(true);
  expect([...answers].filter((one) => one !== 200 && one !== 503)).toEqual([]);
  expect(postgresPid(directory)).not.toBe(before);
  await arrive(105);
  await expect.poll(() => isHere(105), slow).toBe(true);
  await expect.poll(async () => (await mailbox()).state, slow).toBe("live");
});

test("while the mail server is away it says so; afterwards both sides hear what was done meanwhile", async () => {
  await dovecot.halt();
  try {
    await expect.poll(async () => (await mailbox()).state, pushed).toBe("backing_off");
    expect(await ready()).toBe(200);
    await arrive(110);
    const { id } = await message(25);
    await api().call("PATCH", `/v1/messages/${id}`, { flagged: true });
    expect(await message(25)).toMatchObject({ flagged: true }); // shown at once
    await new Promise((wake) => setTimeout(wake, 4_000));
  } finally {
    await dovecot.resume();
  }
  await expect.poll(async () => (await mailbox()).state, slow).toBe("live");
  await expect.poll(() => isHere(110), slow).toBe(true);
  await expect.poll(() => onServer(25), pushed).toEqual({ INBOX: ["\\Flagged"] });
});

test("a second program on the same data directory ends with a sentence", async () => {
  const { code, stderr } = await product.command(["serve"], { env: { ...product.env, HITCHPOST_PORT: "0" } });
  expect(code).toBe(1);
  expect(stderr).toContain(`in use by process ${product.pid()}`);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(await ready()).toBe(200);
});

let sandboxPorts: number[];
const portsOfSandbox = async (): Promise<number[]> => {
  const { httpPort, imapPort, smtpPort } = await sandboxFacts(directory);
  return [httpPort, imapPort, smtpPort];
};

test("SIGTERM ends it in time, with all that it started, though a browser listens", async () => {
  const pids = family(product.pid());
  expect(pids).toContain(postgresPid(directory));
  sandboxPorts = await portsOfSandbox();
  const began = performance.now();
  expect(await product.terminate()).toBe(0);
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(pids.filter(alive)).toEqual([]);
});

test("npm that is stopped in the middle of a start ends it whole", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const npm = spawn("npm", ["start"], { cwd: root, env: product.env, stdio: "ignore" });
  const ended = once(npm, "exit");
  const cluster = join(directory, "postgres", "cluster");
  try {
    await expect.poll(() => processesOf(cluster).length, { ...slow, interval: 5 }).toBeGreaterThan(0);
  } finally {
    npm.kill("SIGTERM");
    await ended;
  }
  await expect.poll(() => processesOf(directory), pushed).toEqual([]);
});

const last = (events: EventReader): number => events.events.at(-1)?.seq ?? 0;

test("events go on where they stopped, across the restart, none lost and none doubled", async () => {
  const connections = reader.connections();
  await arrive(115); // while nobody looks
  await product.start();
  expect(await portsOfSandbox()).toEqual(sandboxPorts); // a mailbox may have been connected by them
  await expect.poll(() => isHere(115), slow).toBe(true);
  await expect.poll(() => reader.connections(), slow).toBeGreaterThan(connections);
  const fresh = readEvents(product.url, apiKey);
  await expect.poll(() => last(reader) > 0 && last(reader) === last(fresh), slow).toBe(true);
  await fresh.stop();
  const seqs = reader.events.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  const told = reader.events.filter(({ type }) => type === "message.created").map(({ data }) => data["id"]);
  const arrived = [await message(105), await message(110), await message(115)];
  expect(told).toEqual(arrived.map(({ id }) => id));
});

test("after kill -9 of the program nothing of it stays behind", async () => {
  const pids = family(product.pid());
  expect(pids).toContain(postgresPid(directory));
  await product.kill9();
  await product.start();
  await expect.poll(() => pids.filter(alive), pushed).toEqual([]);
  await expect.poll(async () => (await mailbox()).state, slow).toBe("live");
});

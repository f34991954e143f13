/** The promise "every message of every chosen folder is there once", against real Dovecot, with kill -9 in the middle. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { madeMessage } from "../support/made-messages.ts";
import { apiClient, startProduct, type Product } from "../support/product.ts";

const made = 5_000;
const user = "well";
const corpus = process.env["CORPUS_DIR"] ?? resolve(import.meta.dirname, "../../../shared/corpus");

let dovecot: Dovecot;
let product: Product;
let apiKey: string;

function* corpusFiles(directory: string): Generator<string> {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) yield* corpusFiles(path);
    else if (name.endsWith(".eml")) yield path;
  }
}

beforeAll(async () => {
  dovecot = await startDovecot({ users: { [user]: "secret" } });
  const start = Date.UTC(2026, 9, 1);
  for (let n = 0; n < made; n++) {
    const { raw } = madeMessage(n, "well@dovecot.example", start);
    await dovecot.deliver(user, n % 10 === 9 ? "Sent" : "", raw, n % 3 === 0 ? "S" : n % 7 === 0 ? "FS" : "");
  }
  if (existsSync(corpus))
    for (const file of corpusFiles(corpus)) await dovecot.deliver(user, "", readFileSync(file), "");
  product = await startProduct();
  apiKey = await product.setup();
}, 120_000);

afterAll(async () => {
  await product?.stop();
  await dovecot?.stop();
});

interface ServerMessage {
  folder: string;
  uid: number;
  messageId: string | null;
  flags: string[];
}

/** What the server holds, asked by another client. */
async function onServer(): Promise<ServerMessage[]> {
  const client = new ImapFlow({
    host: "127.0.0.1",
    port: dovecot.port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: "secret" },
    logger: false,
  });
  await client.connect();
  const found: ServerMessage[] = [];
  for (const folder of ["INBOX", "Sent"]) {
    await client.mailboxOpen(folder, { readOnly: true });
    for await (const message of client.fetch("1:*", { uid: true, flags: true, headers: ["message-id"] })) {
      const header = /^message-id:\s*(<[^>]+>)/im.exec(
        message.headers?.toString().replaceAll(/\r\n[ \t]+/g, " ") ?? "",
      );
      found.push({
        folder,
        uid: message.uid,
        messageId: header?.[1] ?? null,
        flags: systemFlags([...(message.flags ?? [])]),
      });
    }
  }
  await client.logout();
  return found;
}

const systemFlags = (flags: string[]): string[] =>
  flags.filter((flag) => ["\\Seen", "\\Flagged", "\\Answered"].includes(flag)).sort();

interface ApiMessage {
  id: string;
  messageId: string | null;
  folders: { path: string; uid: number; flags: string[] }[];
}

const connectArgs = () =>
  [
    "connect --method password --email well@dovecot.example --imap-host 127.0.0.1",
    `--imap-port ${dovecot.port} --imap-security none --username ${user} --password-stdin`,
    "--folders INBOX,Sent --history all --json",
  ]
    .join(" ")
    .split(" ");

const key = (folder: string, uid: number): string => `${folder} ${uid}`;

async function expectEqual(): Promise<void> {
  const server = await onServer();
  const messages = await apiClient(product.url, apiKey).messages<ApiMessage>();
  const here = messages.flatMap((message) =>
    message.folders.map((place) => ({ ...place, messageId: message.messageId })),
  );
  const stored = new Map(here.map((place) => [key(place.path, place.uid), place]));
  expect(here.length).toBe(server.length);
  expect(stored.size).toBe(server.length);
  expect(new Set(messages.map((message) => message.id)).size).toBe(messages.length);
  const wrong = server.filter((message) => {
    const place = stored.get(key(message.folder, message.uid));
    const sameId = message.messageId === null || place?.messageId === message.messageId;
    return !place || !sameId || systemFlags(place.flags).join() !== message.flags.join();
  });
  expect(wrong).toEqual([]);
}

test("every message of the chosen folders is there once, though the program was killed in the middle", async () => {
  const connected = await product.command(connectArgs(), { input: "secret", apiKey });
  expect(connected.stderr).toBe("");
  expect(connected.code).toBe(0);
  const api = apiClient(product.url, apiKey);
  const status = async () =>
    (
      (await api.call("GET", "/v1/status")) as {
        mailboxes: { state: string; messages: number; searchable: number }[];
      }
    ).mailboxes[0]!;
  const deadline = performance.now() + 60_000;
  while ((await status()).messages < 200 && performance.now() < deadline)
    await new Promise((wake) => setTimeout(wake, 20));
  await product.kill9();
  await product.start();
  const cut = await status();
  expect(cut.messages).toBeGreaterThan(0);
  expect(cut.messages).toBeLessThan(made); // it was in the middle indeed
  while (performance.now() < deadline + 90_000) {
    const now = await status();
    if (now.state === "live" && now.searchable === now.messages) break;
    await new Promise((wake) => setTimeout(wake, 250));
  }
  expect((await status()).state).toBe("live");
  await expectEqual();
});

test("it stays so after another kill -9, and nothing comes twice", async () => {
  await product.kill9();
  await product.start();
  const api = apiClient(product.url, apiKey);
  const deadline = performance.now() + 60_000;
  const state = async () =>
    ((await api.call("GET", "/v1/mailboxes")) as { items: { state: string }[] }).items[0]?.state;
  while ((await state()) !== "live" && performance.now() < deadline)
    await new Promise((wake) => setTimeout(wake, 250));
  await expectEqual();
});

test("removed with its mail kept and connected again, it goes on: nothing twice, and what came meanwhile is there", async () => {
  const api = apiClient(product.url, apiKey);
  const mailboxId = async () =>
    ((await api.call("GET", "/v1/mailboxes")) as { items: { id: string }[] }).items[0]?.id;
  const id = await mailboxId();
  await api.call("DELETE", `/v1/mailboxes/${id}?data=keep`);
  expect(await mailboxId()).toBeUndefined();
  await dovecot.deliver(user, "", madeMessage(made + 1, "well@dovecot.example", Date.now()).raw);
  const connected = await product.command([...connectArgs(), "--wait"], { input: "secret", apiKey });
  expect(connected.code).toBe(0);
  expect(await mailboxId()).toBe(id);
  await expectEqual();
});

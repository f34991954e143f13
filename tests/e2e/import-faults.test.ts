/** An import among faults, and a stop while a neighbour hangs: everything is there once, nothing stays behind. */
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDovecot, mailboxUser as user } from "../support/dovecot-mailbox.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { madeMessage } from "../support/made-messages.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { alive, family, postgresPid, processesOf } from "../support/processes.ts";
import { apiClient, openDirectory, startProduct, type Product } from "../support/product.ts";

const made = 2_500;
const bytesPerSecond = 1_200_000;
const often = { timeout: 30_000, interval: 60 };
const patient = { timeout: 60_000, interval: 250 };

let dovecot: Dovecot;
let relay: Relay;
let product: Product;
let directory: string;
let apiKey: string;

interface ApiMessage {
  messageId: string;
  folders: { path: string; uid: number }[];
}

const api = () => apiClient(product.url, apiKey);
const ready = async (): Promise<number> => (await fetch(`${product.url}/readyz`)).status;
const status = async () =>
  ((await api().call("GET", "/v1/status")) as { mailboxes: { state: string; messages: number }[] })
    .mailboxes[0]!;
const isPast = (count: number) =>
  expect.poll(async () => (await status()).messages, often).toBeGreaterThan(count);

beforeAll(async () => {
  dovecot = await startDovecot({ users: { [user]: "secret" } });
  const start = Date.UTC(2026, 9, 1);
  for (let n = 0; n < made; n++) {
    const { raw } = madeMessage(n, "well@dovecot.example", start);
    await dovecot.deliver(user, n % 4 === 0 ? "Archive" : "", raw, "S");
  }
  relay = await startRelay(dovecot.port, { bytesPerSecond });
  directory = await openDirectory("hitchpost-faults-");
  product = await startProduct({ dataDir: directory });
  apiKey = await product.setup();
});

afterAll(async () => {
  await product?.stop();
  await relay?.stop();
  await dovecot?.stop();
  await rm(directory, { recursive: true, force: true });
});

test("an import survives the death of the database, a restart and an outage of the server", async () => {
  const connected = connectDovecot(product, apiKey, { ...dovecot, port: relay.port }, ["INBOX", "Archive"]);
  await expect
    .poll(async () => (await status().catch(() => null))?.messages ?? 0, often)
    .toBeGreaterThan(200);
  process.kill(postgresPid(directory), "SIGKILL");
  await expect.poll(ready, often).toBe(503);
  await expect.poll(ready, often).toBe(200);
  await isPast(800);
  expect(await product.terminate()).toBe(0);
  const { code, stderr } = await connected;
  expect([code, stderr]).toEqual([expect.any(Number), expect.not.stringMatching(/^\s+at /m)]);
  relay.freezeAfter(relay.answered() / 10); // long before the end, however late a busy machine hears of it
  await product.start();
  await expect.poll(() => relay.frozen(), often).toBe(true);
  await dovecot.halt(); // the server needs a moment to end
  relay.thaw();
  const cut = await status();
  await dovecot.resume();
  expect(cut.messages).toBeLessThan(made); // it was in the middle indeed
  await expect.poll(status, patient).toMatchObject({ state: "live", messages: made });
  const here = await api().messages<ApiMessage>();
  expect(new Set(here.map(({ messageId }) => messageId)).size).toBe(made);
  const places = here.flatMap(({ folders }) => folders.map(({ path, uid }) => `${path} ${uid}`));
  expect([places.length, new Set(places).size]).toEqual([made, made]);
});

/** Stops the processes from running, without their end, while `work` runs. */
async function frozen<T>(pids: readonly number[], work: () => Promise<T>): Promise<T> {
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    return await work();
  } finally {
    for (const pid of pids.filter(alive)) process.kill(pid, "SIGCONT");
  }
}

test.each(["mail server", "database"])(
  "it ends in time though the %s hangs, and leaves nobody behind",
  async (who) => {
    const [master] = processesOf(resolve(dovecot.maildir(user), "../../dovecot.conf"));
    const hanging = who === "database" ? [postgresPid(directory)] : [master!];
    const own = family(product.pid());
    await frozen([...hanging, ...hanging.flatMap(family)], async () => {
      const began = performance.now();
      await product.terminate();
      expect(performance.now() - began).toBeLessThan(15_000);
    });
    await expect.poll(() => own.filter(alive), { timeout: 10_000 }).toEqual([]);
    await product.start();
    await expect.poll(status, patient).toMatchObject({ state: "live", messages: made });
  },
);

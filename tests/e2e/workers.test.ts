/**
 * A server and two workers on one external PostgreSQL, many mailboxes on real Dovecot: shared evenly; one worker killed, one
 * paused for longer than its lease and resumed, then stopped in the middle of a write. HITCHPOST_TEST_MAILBOXES=200 and
 * HITCHPOST_TEST_PAUSE_MS=60000 make it as large and as long as `npm test` has no time for.
 */
import { join } from "node:path";
import { sql } from "kysely";
import type { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { livingProcesses } from "../../src/store/census.ts";
import { storeFirstListing } from "../../src/store/first-listing.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { storeGrant } from "../../src/store/grants.ts";
import { loadKeyRing } from "../../src/store/key-file.ts";
import { claimMailboxes, deadProcesses } from "../../src/store/leases.ts";
import { createMailbox } from "../../src/store/mailboxes.ts";
import { createWorkspace } from "../../src/store/people.ts";
import { createPool } from "../../src/store/pool.ts";
import type { KeyRing } from "../../src/store/secrets.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { startExternalPostgres } from "../support/external-postgres.ts";
import { madeMessage } from "../support/made-messages.ts";
import { alive } from "../support/processes.ts";
import { apiClient, startProduct, type Product } from "../support/product.ts";
import { silentLog } from "../support/silent-log.ts";
import { startWorker, type Worker } from "../support/worker.ts";

const pauseMs = Number(process.env["HITCHPOST_TEST_PAUSE_MS"] ?? 16_000);
const count = Number(process.env["HITCHPOST_TEST_MAILBOXES"] ?? 60);
const names = Array.from({ length: count }, (_, n) => `u${String(n).padStart(3, "0")}`);
/** How many each of so many processes has, the largest share first. */
const evenly = (processes: number): number[] =>
  Array.from({ length: processes }, (_, n) => Math.floor((count + processes - 1 - n) / processes));
const soon = { timeout: 120_000, interval: 100 };

let dovecot: Dovecot;
let postgres: Awaited<ReturnType<typeof startExternalPostgres>>;
let pool: Pool;
let product: Product;
let workers: Worker[] = [];
let apiKey: string;

const api = () => apiClient(product.url, apiKey);
const idOf = (n: number): string => `<made-${n}@made.example>`;
let made = 0;
/** What each mailbox must hold: the Message-IDs in the order of delivery. */
const delivered = new Map<string, string[]>(names.map((name) => [name, []]));

async function deliver(name: string): Promise<string> {
  const n = 5 * made++; // of five numbers one begins a conversation
  await dovecot.deliver(name, "", madeMessage(n, `${name}@dovecot.example`, Date.now()).raw);
  delivered.get(name)!.push(idOf(n));
  return idOf(n);
}

/** Message-IDs of what is stored, by the mailbox's name; one that is stored twice stands there twice. */
async function stored(): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ address: string; ids: string[] }>(
    `SELECT b.address, array_agg(m.message_id ORDER BY m.message_id) AS ids
     FROM mailboxes b JOIN messages m ON m.workspace_id = b.workspace_id AND m.mailbox_id = b.id
     JOIN message_locations l ON l.workspace_id = m.workspace_id AND l.message_id = m.id GROUP BY 1`,
  );
  return new Map(rows.map(({ address, ids }) => [address.split("@")[0]!, ids]));
}

const allDelivered = () => new Map([...delivered].map(([name, ids]) => [name, [...ids].sort()]));
const countStored = async (): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>("SELECT count(*)::int AS count FROM messages");
  return rows[0]!.count;
};

/** Pid of the owner by mailbox name; of owners that live as the database sees it. */
async function owners(): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ address: string; pid: number }>(
    `SELECT b.address, p.pid FROM mailboxes b JOIN processes p ON p.id = b.owner
     WHERE p.heartbeat_at > now() - interval '10 seconds'`,
  );
  return new Map(rows.map(({ address, pid }) => [address.split("@")[0]!, pid]));
}

async function shares(): Promise<number[]> {
  const counts = new Map<number, number>();
  for (const pid of (await owners()).values()) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => b - a);
}

/**
 * Over ten workspaces, the first of them the API key's. As `POST /v1/mailboxes` stores them, without their sign-ins to
 * try: half a minute of a busy machine.
 */
async function connectAll(): Promise<void> {
  const { rows } = await pool.query<{ workspace_id: string; user_id: string }>("SELECT * FROM members");
  const ring = await loadKeyRing({ file: join(product.dataDir, "secret.key") });
  const perWorkspace = names.length / 10;
  for (let first = 0; first < names.length; first += perWorkspace) {
    const { workspace_id: known, user_id: ownerId } = rows[0]!;
    const id = first === 0 ? known : await createWorkspace(pool, { name: `Team ${first}`, ownerId });
    await tenantDb(pool, id).transaction(async (tx) => {
      for (const name of names.slice(first, first + perWorkspace)) await connect(tx, ring, name);
    });
  }
}

async function connect(tx: TenantDb, ring: KeyRing, name: string): Promise<void> {
  const id = await createMailbox(tx, {
    address: `${name}@dovecot.example`,
    provider: "other",
    method: "password",
    servers: { imap: { host: "127.0.0.1", port: dovecot.port, security: "none" }, smtp: null },
    principal: name,
    state: "connecting",
    createdBy: null,
  });
  await storeGrant(tx, ring, { mailboxId: id, secret: { kind: "password", password: "secret" } });
  const inbox = {
    path: "INBOX",
    name: "INBOX",
    delimiter: "/",
    parentPath: null,
    role: "inbox",
    messages: 1,
  };
  await storeFirstListing(tx, id, [{ ...inbox, kind: "mail", selectable: true }]);
  await chooseFolders(tx, id, ["INBOX"]);
}

const withAttachment = (to: string): string =>
  [
    "From: Ines <ines@made.example>",
    `To: ${to}`,
    "Subject: Clay",
    `Date: ${new Date().toUTCString()}`,
    "Message-ID: <clay@made.example>",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "The list.",
    "--b",
    "Content-Type: text/csv; name=list.csv",
    "Content-Disposition: attachment; filename=list.csv",
    "",
    "clay,12 kg",
    "--b--",
    "",
  ].join("\r\n");

/** No process can listen for hints until the signal ends it. */
async function keepCutting(signal: AbortSignal): Promise<void> {
  while (!signal.aborted)
    await pool.query(
      "SELECT pg_terminate_backend(pid), pg_sleep(0.02) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
    );
}

const findClay = async (): Promise<string | undefined> =>
  (await pool.query<{ id: string }>("SELECT id FROM messages WHERE subject = 'Clay'")).rows[0]?.id;

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
const metric = async (url: string, name: string): Promise<number> =>
  Number(
    new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, "m").exec(await (await fetch(`${url}/metrics`)).text())?.[1],
  );

beforeAll(async () => {
  [dovecot, postgres] = await Promise.all([
    startDovecot({ users: Object.fromEntries(names.map((name) => [name, "secret"])), crowd: true }),
    startExternalPostgres(),
  ]);
  for (const name of names) await deliver(name);
  pool = createPool(postgres.url, { log: silentLog });
  product = await startProduct({ env: { DATABASE_URL: postgres.url, HITCHPOST_SANDBOX: "off" } });
  workers = await Promise.all([startWorker(product.env), startWorker(product.env)]);
  apiKey = await product.setup();
  await connectAll();
});

afterAll(async () => {
  for (const worker of workers) if (alive(worker.pid)) process.kill(worker.pid, "SIGCONT");
  await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
  await product?.stop();
  await pool?.end();
  await postgres?.stop();
  await dovecot?.stop();
});

test("two workers and the server share the mailboxes evenly, and nothing moves any more", async () => {
  await expect.poll(shares, soon).toEqual(evenly(3));
  await expect.poll(countStored, soon).toBe(names.length);
  const before = await owners();
  await new Promise((wake) => setTimeout(wake, 3_000));
  expect(await owners()).toEqual(before);
  expect(await metric(workers[0]!.url, "hitchpost_process_mailboxes")).toBeGreaterThanOrEqual(
    Math.floor(count / 3),
  );
  expect(await statusOf(`${workers[0]!.url}/readyz`)).toBe(200);
});

test("one killed and one paused: nothing lost, nothing doubled", async () => {
  const [killed, paused] = workers as [Worker, Worker];
  const before = await owners();
  const of = (pid: number): string[] => names.filter((name) => before.get(name) === pid);
  // Something must be on its way in the one that is paused.
  const busy = of(paused.pid).slice(0, 10);
  for (const name of busy) for (let n = 0; n < 20; n++) await deliver(name);
  const known = await countStored();
  await expect.poll(countStored, { timeout: 20_000, interval: 5 }).toBeGreaterThan(known + 20);
  process.kill(paused.pid, "SIGSTOP");
  const orphans = of(killed.pid);
  await killed.end("SIGKILL");
  const killedAt = performance.now();
  // For each mailbox of the paused one too: when it wakes, it has something to write before it knows of its loss.
  for (const name of names) await deliver(name);
  await expect.poll(shares, { timeout: 30_000, interval: 50 }).toEqual([count]);
  const takenOverMs = performance.now() - killedAt;
  expect(takenOverMs).toBeLessThan(15_000);
  const wanted = allDelivered();
  const orphansStored = async () => {
    const now = await stored();
    return orphans.filter((name) => now.get(name)?.length !== wanted.get(name)!.length);
  };
  await expect.poll(orphansStored, soon).toEqual([]);
  const storedMs = performance.now() - killedAt;
  await new Promise((wake) => setTimeout(wake, Math.max(0, pauseMs - (performance.now() - killedAt))));
  process.kill(paused.pid, "SIGCONT");
  await expect.poll(stored, soon).toEqual(allDelivered());
  process.stdout.write(
    `${orphans.length} and ${of(paused.pid).length} mailboxes taken over after ${Math.round(takenOverMs)} ms, the killed worker's in step after ${Math.round(storedMs)} ms\n`,
  );
});

test("the one that was paused goes on under a new id and gets its share again", async () => {
  await expect.poll(shares, soon).toEqual(evenly(2));
  for (const name of names) await deliver(name);
  await expect.poll(stored, soon).toEqual(allDelivered());
});

/** Locks the mailbox's row; resolves when somebody else's statement waits for it. */
async function lockUntilAwaited(
  tx: TenantDb,
  id: string,
  deliverToIt: () => Promise<unknown>,
): Promise<void> {
  const { rows } = await sql<{ pid: number }>`
    SELECT pg_backend_pid() AS pid FROM mailboxes WHERE workspace_id = ${tx.workspaceId} AND id = ${id} FOR UPDATE
  `.execute(tx.db);
  await deliverToIt();
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE $1::int = ANY (pg_blocking_pids(pid))";
  await expect
    .poll(async () => (await pool.query(waiting, [rows[0]!.pid])).rowCount, soon)
    .toBeGreaterThan(0);
}

test("a write that waits while its mailbox is taken over is refused, and comes once", async () => {
  const [, worker] = workers as [Worker, Worker];
  const name = [...(await owners())].find(([, pid]) => pid === worker.pid)![0];
  const { rows } = await pool.query<{ id: string; workspace_id: string; owner: string; fence: number }>(
    "SELECT id, workspace_id, owner, fence FROM mailboxes WHERE address = $1",
    [`${name}@dovecot.example`],
  );
  const { id, workspace_id: workspaceId, owner, fence } = rows[0]!;
  const heir = (await livingProcesses(pool)).find(({ pid }) => pid === product.pid())!;
  try {
    await tenantDb(pool, workspaceId).transaction(async (tx) => {
      await lockUntilAwaited(tx, id, () => deliver(name)); // by the worker, with what it has just read
      process.kill(worker.pid, "SIGSTOP");
      await expect.poll(() => deadProcesses(pool), soon).toContain(owner);
      const claim = { processId: heir.id, limit: 1, only: id };
      expect(await claimMailboxes(pool, tx, claim)).toEqual([{ mailboxId: id, fence: fence + 1 }]);
    });
  } finally {
    process.kill(worker.pid, "SIGCONT");
  }
  const refused = () => worker.log().filter(({ msg }) => String(msg).startsWith("a write was refused"));
  await expect
    .poll(refused, { timeout: 20_000, interval: 50 })
    .toContainEqual(expect.objectContaining({ level: 40, mailboxId: id, owner, fence, fenceNow: fence + 1 }));
  await expect.poll(stored, soon).toEqual(allDelivered());
  await expect.poll(shares, soon).toEqual(evenly(2));
});

test("a worker takes no more than HITCHPOST_MAX_MAILBOXES, and gives back when it stops", async () => {
  const capped = await startWorker({ ...product.env, HITCHPOST_MAX_MAILBOXES: "5" });
  workers.push(capped);
  product.env["HITCHPOST_SYNC"] = "false";
  expect(await product.terminate()).toBe(0); // what it gives back is theirs
  await expect.poll(shares, soon).toEqual([count - 5, 5]);
  await expect.poll(() => metric(capped.url, "hitchpost_process_mailboxes"), soon).toBe(5);
  expect(await capped.end("SIGTERM")).toBe(0);
  await expect.poll(shares, soon).toEqual([count]);
  await product.start();
});

test("a server that leaves the mailboxes to workers reaches them all the same", async () => {
  const [, worker] = workers as [Worker, Worker];
  expect(new Set((await owners()).values())).toEqual(new Set([worker.pid]));
  expect(await statusOf(`${product.url}/readyz`)).toBe(200);
  const { items } = (await api().call("GET", "/v1/mailboxes?limit=1")) as {
    items: { id: string; owner: object; lagSeconds: number }[];
  };
  expect(items[0]).toMatchObject({ owner: { kind: "worker", pid: worker.pid } });
  expect(items[0]!.lagSeconds).toBeLessThan(180);
  const [{ id }] = (await api().all<{ id: string }>("/v1/mailboxes")) as [{ id: string }];
  await api().call("PATCH", `/v1/mailboxes/${id}`, { paused: true });
  await expect.poll(() => metric(worker.url, "hitchpost_process_mailboxes"), soon).toBe(count - 1);
  await api().call("PATCH", `/v1/mailboxes/${id}`, { paused: false });
  await expect.poll(() => metric(worker.url, "hitchpost_process_mailboxes"), soon).toBe(count);
});

test("the server fetches an attachment and tests the connection of a mailbox that a worker owns", async () => {
  const [, worker] = workers as [Worker, Worker];
  const [{ id, address }] = (await api().all<{ id: string; address: string }>("/v1/mailboxes")) as [
    { id: string; address: string },
  ];
  await dovecot.deliver(address.split("@")[0]!, "", withAttachment(address));
  await expect.poll(findClay, soon).toBeDefined();
  const messageId = await findClay();
  const answer = await fetch(`${product.url}/v1/messages/${messageId}/attachments/1`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe("clay,12 kg");
  expect(await api().call("POST", `/v1/mailboxes/${id}/test`)).toMatchObject({ ok: true, finding: null });
  expect(await api().call("GET", `/v1/mailboxes/${id}`)).toMatchObject({ owner: { pid: worker.pid } });
});

test("a reconnect made at the server reaches a worker whose listening connection is cut", async () => {
  const name = "u000";
  const address = `${name}@dovecot.example`;
  const { rows } = await pool.query<{ id: string }>("SELECT id FROM mailboxes WHERE address = $1", [address]);
  const mailboxId = rows[0]!.id;
  // The hint goes out while nobody listens: the row alone can tell the worker.
  const cutting = new AbortController();
  const cut = keepCutting(cutting.signal);
  try {
    await api().call("POST", "/v1/mailboxes", {
      address,
      username: name,
      password: "secret",
      imap: { host: "127.0.0.1", port: dovecot.port, security: "none" },
      mailboxId,
    });
  } finally {
    cutting.abort();
    await cut;
  }
  const began = performance.now();
  await expect.poll(async () => (await pool.query("SELECT 1 FROM mailbox_requests")).rowCount, soon).toBe(0);
  expect(performance.now() - began).toBeLessThan(8_000);
  const late = await deliver(name);
  await expect.poll(async () => (await stored()).get(name), soon).toContain(late);
});

/** Several supervisors, each on a pool of its own as a process has one, share the mailboxes of a database. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { newId } from "../../src/core/ids.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import type { ParsePool } from "../../src/protocol/mime/pool.ts";
import { createEventHints, type EventHints } from "../../src/store/event-hints.ts";
import { storeFirstListing, type ListedFolder } from "../../src/store/first-listing.ts";
import { requestOfOwner, requestRetry } from "../../src/store/mailbox-requests.ts";
import { setMailboxState } from "../../src/store/mailboxes.ts";
import { startSupervisor, type Supervisor } from "../../src/sync/supervisor.ts";
import { FakeServer } from "../support/fake-source.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { testParser } from "../support/sync-rig.ts";
import { eventually } from "../support/eventually.ts";

const inbox: ListedFolder = {
  path: "INBOX",
  name: "INBOX",
  delimiter: "/",
  parentPath: null,
  role: "inbox",
  kind: "mail",
  selectable: true,
  messages: 0,
};

let database: TestDatabase;
let parser: ParsePool;
let seeded: SeededWorkspace;
const hints: EventHints[] = [];
const running = new Set<Supervisor>();
/** Which supervisor opened which mailbox, in order. */
const opened: { by: string; mailboxId: string }[] = [];

beforeAll(async () => {
  database = await testDatabase();
  parser = testParser();
  seeded = await seedWorkspace(database.pool);
  await database.pool.query("UPDATE mailboxes SET folders_chosen_at = now()");
  for (let n = 1; n < 9; n++)
    await database.pool.query(
      `INSERT INTO mailboxes (workspace_id, id, address, provider, method, servers, principal, state, folders_chosen_at)
       SELECT workspace_id, $1, $2, provider, method, servers, principal, state, now() FROM mailboxes WHERE id = $3`,
      [newId(), `m${n}@example.com`, seeded.mailboxId],
    );
  const { rows } = await database.pool.query<{ id: string }>("SELECT id FROM mailboxes");
  for (const { id } of rows) await storeFirstListing(seeded.tenant, id, [inbox]);
});
afterAll(async () => {
  await Promise.all([...running].map((supervisor) => supervisor.stop()));
  await Promise.all(hints.map((one) => one.close()));
  await parser.close();
  await database.close();
});

/** A process that looks by itself so seldom that only hints and its share of 2.5 s bring it to do something. */
async function start(name: string): Promise<Supervisor> {
  const pool = database.secondPool();
  const own = createEventHints(pool, { log: silentLog });
  await own.ready;
  hints.push(own);
  const server = new FakeServer();
  server.folder("INBOX", "inbox");
  const supervisor = await startSupervisor({
    pool,
    clock: systemClock,
    log: silentLog,
    facts: { kind: "worker", hostname: name, pid: 1 },
    hints: own,
    inbox: createInbox({ clock: systemClock }),
    parser,
    openSource: async (_tenant, { id }) => {
      opened.push({ by: name, mailboxId: id });
      return server.source();
    },
    runOutbox: async () => ({ sent: false, nextDueAtMs: null }),
    onFailure: async () => ({ state: "needs_attention" }),
    lookEveryMs: 60_000,
  });
  running.add(supervisor);
  return supervisor;
}

const stop = async (supervisor: Supervisor): Promise<void> => {
  running.delete(supervisor);
  await supervisor.stop();
};

async function shares(): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<{ name: string; owned: number }>(
    "SELECT p.hostname AS name, count(*)::int AS owned FROM mailboxes m JOIN processes p ON p.id = m.owner GROUP BY 1",
  );
  return Object.fromEntries(rows.map(({ name, owned }) => [name, owned]));
}
const until = (wanted: Record<string, number>) =>
  eventually(async () => expect(await shares()).toEqual(wanted));
const openedAre = (times: number) => eventually(() => expect(opened).toHaveLength(times));
const ownerOf = async (mailboxId: string): Promise<string> => {
  const { rows } = await database.pool.query<{ name: string }>(
    "SELECT p.hostname AS name FROM mailboxes m JOIN processes p ON p.id = m.owner WHERE m.id = $1",
    [mailboxId],
  );
  return rows[0]?.name ?? "nobody";
};
/** As if it had lived for long. */
const settle = () =>
  database.pool.query("UPDATE processes SET started_at = started_at - interval '1 minute'");

test("one has all, a second gets half once it has settled, a third a third, and nothing else moves", async () => {
  await start("a");
  await until({ a: 9 });
  await openedAre(9); // who is handed over before it was opened is opened once only
  await start("b");
  await new Promise((wake) => setTimeout(wake, 3_000));
  expect(await shares()).toEqual({ a: 9 }); // it may be the successor of one that has died
  await settle();
  await until({ a: 5, b: 4 });
  await openedAre(9 + 4);
  await start("c");
  await settle();
  await until({ a: 3, b: 3, c: 3 });
  await openedAre(9 + 4 + 3);
  expect(opened.filter(({ by }) => by === "c")).toHaveLength(3);
  await new Promise((wake) => setTimeout(wake, 3_000));
  expect(opened).toHaveLength(16);
});

test("what is asked at one process reaches the owner in another at once, and is not lost without a hint", async () => {
  const { tenant } = seeded;
  const other = hints[2]!;
  const { rows } = await database.pool.query<{ id: string }>(
    "SELECT m.id FROM mailboxes m JOIN processes p ON p.id = m.owner WHERE p.hostname = 'a'",
  );
  const [{ id }] = rows as [{ id: string }];
  const times = () => opened.filter(({ mailboxId }) => mailboxId === id).length;
  const before = times();
  await tenant.transaction((tx) => requestOfOwner(tx, id, "restart"));
  await new Promise((wake) => setTimeout(wake, 300));
  const began = performance.now();
  other.hint(tenant.workspaceId); // of any later event: the request has waited for it
  await eventually(() => expect(times()).toBe(before + 1));
  expect(performance.now() - began).toBeLessThan(2_000);
  expect((await database.pool.query("SELECT 1 FROM mailbox_requests")).rows).toEqual([]);
  await requestRetry(tenant, id); // it does not wait for anything: nothing is asked
  expect((await database.pool.query("SELECT 1 FROM mailbox_requests")).rows).toEqual([]);
});

test("a paused mailbox has no owner; resumed, it is taken at once", async () => {
  const { tenant, mailboxId } = seeded;
  await tenant.transaction((tx) => setMailboxState(tx, mailboxId, "paused"));
  hints[0]!.hint(tenant.workspaceId);
  await eventually(async () => expect(await ownerOf(mailboxId)).toBe("nobody"));
  await tenant.transaction((tx) => setMailboxState(tx, mailboxId, "connecting"));
  hints[0]!.hint(tenant.workspaceId);
  await eventually(async () => expect(await ownerOf(mailboxId)).not.toBe("nobody"));
});

test("who stops gives back at once, and the others stay even", async () => {
  const c = [...running].at(-1)!;
  const began = performance.now();
  await stop(c);
  await eventually(async () => expect(Object.values(await shares()).sort()).toEqual([4, 5]));
  expect(performance.now() - began).toBeLessThan(4_000);
});

/**
 * A live mailbox over Graph, with what goes wrong at Microsoft: a fifth of the notifications lost, subscriptions removed,
 * delta tokens forgotten, pauses, a token that ends in mid-batch. All times are a tenth of the real ones: it is in step
 * within 6 s of a fault's end, for 60.
 */
import type { ImapFlow } from "imapflow";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mail } from "../support/fake-source.ts";
import { openGraphMailbox, type GraphMailbox } from "../support/graph-mailbox.ts";
import { startGraphServer, type GraphPerson, type GraphServer } from "../support/graph-server.ts";
import { testParser } from "../support/sync-rig.ts";
import { eventually } from "../support/eventually.ts";

const faster = 10;
const inStepMs = 60_000 / faster;
const parser = testParser();
let server: GraphServer;
let mailbox: GraphMailbox;
let person: GraphPerson;
let admin: ImapFlow;

beforeAll(async () => {
  server = await startGraphServer();
  person = server.person();
  admin = await server.imap(person);
  for (let n = 0; n < 8; n += 1) await deliver(`before${n}`);
  mailbox = await openGraphMailbox({ server, person, parser, faster });
  await subscribed();
});
afterAll(async () => {
  admin?.close();
  await mailbox?.close();
  await server?.stop();
  await parser.close();
});

const subscriptions = () => server.graph.context.subscriptions;
const subscribed = (): Promise<void> =>
  eventually(() => expect(subscriptions().of(person.mailboxId).length).toBe(1), {
    timeout: inStepMs,
    interval: 20,
  });

const deliver = (id: string): Promise<unknown> =>
  admin.append("INBOX", mail({ id, subject: `About ${id}` }), [], new Date());

async function stored(): Promise<string[]> {
  const { rows } = await mailbox.rig.database.pool.query<{ place: string }>(
    `SELECT f.role || ' ' || m.message_id || ' ' || array_to_string(l.flags, ',') AS place
     FROM message_locations l JOIN folders f ON f.id = l.folder_id AND f.epoch = l.epoch JOIN messages m ON m.id = l.message_id
     WHERE l.workspace_id = $1`,
    [mailbox.team.workspaceId],
  );
  return rows.map(({ place }) => place).sort();
}

function held(): string[] {
  const { store } = server;
  return (["inbox", "archive"] as const)
    .flatMap((role) => {
      const folderId = store.folders.byRole(person.mailboxId, role).id;
      return store.items.list({ mailboxId: person.mailboxId, folderId }).map(
        (item) =>
          `${role} ${item.internetMessageId} ${item.flags
            .filter((one) => one !== "\\Recent")
            .sort()
            .join(",")}`,
      );
    })
    .sort();
}

/** Fails when it takes longer than promised. */
const inStep = (): Promise<void> =>
  eventually(async () => expect(await stored()).toEqual(held()), { timeout: inStepMs, interval: 50 });

/** What other programs do: new mail, a flag, a move, a removal. */
async function life(round: string): Promise<void> {
  for (let n = 0; n < 3; n += 1) await deliver(`${round}-${n}`);
  const lock = await admin.getMailboxLock("INBOX");
  try {
    await admin.messageFlagsAdd("2", ["\\Flagged", "\\Seen"]);
    await admin.messageMove("3", "Archive");
    await admin.messageDelete("1");
  } finally {
    lock.release();
  }
}

const fault = (order: Partial<Parameters<GraphServer["graph"]["context"]["faults"]["add"]>[1]>): void =>
  server.graph.context.faults.add(person.mailboxId, {
    kind: "throttled",
    until: null,
    times: 1,
    probability: 1,
    retryAfterSeconds: null,
    ms: 0,
    after: 1,
    ...order,
  });

/** @param notice Microsoft says so */
const removeSubscription = (notice: boolean): unknown =>
  server.graph.control.changes["/admin/graph/subscriptions/remove"]!(person.mailboxId, { notice });

test(
  "whatever fails at Microsoft, the mailbox is in step soon after, and nothing is there twice",
  { timeout: 60_000 },
  async () => {
    await inStep();
    fault({ kind: "notificationsLost", times: null, probability: 0.2 });
    const rounds: [string, () => void][] = [
      ["lost", () => undefined],
      ["removed", () => removeSubscription(false)],
      ["gone", () => fault({ kind: "deltaGone" })],
      ["told", () => removeSubscription(true)],
      ["forgotten", () => fault({ kind: "deltaNotFound", times: 2 })],
      ["token", () => fault({ kind: "tokenEndsInBatch", after: 1 })],
    ];
    for (const [round, strike] of rounds) {
      strike();
      await life(round);
      await inStep().catch((error: unknown) => {
        throw new Error(`not in step after "${round}"`, { cause: error });
      });
    }
    // A pause of 30 s, a tenth of it here: the time counts from its end.
    fault({ kind: "throttled", retryAfterSeconds: 3 });
    await life("paused");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await inStep();
    expect(server.limitsPassed(person)).toBe(0);
    const { rows } = await mailbox.rig.database.pool.query<{ count: string }>(
      "SELECT count(*) AS count FROM (SELECT message_id FROM messages WHERE workspace_id = $1 GROUP BY message_id HAVING count(*) > 1) AS twice",
      [mailbox.team.workspaceId],
    );
    expect(Number(rows[0]!.count)).toBe(0);
    // Neither what was moved nor what was listed anew is read a second time.
    expect(server.store.traffic.read(person.mailboxId).bodiesAgain).toBe(0);
  },
);

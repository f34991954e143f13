/** Many mailboxes that begin at once: opened so many at a time, and none waits for one that does not answer. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import { openLifeParts, startLife, type LifeParts } from "../support/sync-life.ts";
import { eventually } from "../support/eventually.ts";

let parts: LifeParts;
beforeAll(async () => {
  parts = await openLifeParts();
});
afterAll(() => parts.close());

const mailboxes = 60;

async function addMailboxes(known: string): Promise<void> {
  for (let n = 1; n < mailboxes; n++)
    await parts.database.pool.query(
      `INSERT INTO mailboxes (workspace_id, id, address, provider, method, servers, principal, state)
       SELECT workspace_id, $1, $2, provider, method, servers, principal, state FROM mailboxes WHERE id = $3`,
      [newId(), `m${n}@example.com`, known],
    );
}

test("60 mailboxes are opened 20 at a time", async () => {
  const opened = new Set<string>();
  let [open, most] = [0, 0];
  const life = await startLife(
    parts,
    {
      openSource: async (_tenant, { id }) => {
        most = Math.max(most, ++open);
        await wait(800);
        open -= 1;
        opened.add(id);
        return life.server.source();
      },
    },
    (_server, { mailboxId }) => addMailboxes(mailboxId),
  );
  await eventually(() => expect(opened.size).toBe(mailboxes), { timeout: 20_000, interval: 20 });
  expect(most).toBe(20);
  await life.supervisor.stop();
});

test("mailboxes whose server does not answer keep the others waiting for seconds, not for their deadline", async () => {
  const opened = new Set<string>();
  let silent = 0;
  const life = await startLife(
    parts,
    {
      openSource: (_tenant, { id }) => {
        if (silent < 20) return new Promise(() => silent++);
        opened.add(id);
        return Promise.resolve(life.server.source());
      },
    },
    (_server, { mailboxId }) => addMailboxes(mailboxId),
  );
  const began = performance.now();
  await eventually(() => expect(opened.size).toBe(mailboxes - 20), { timeout: 30_000, interval: 50 });
  expect(performance.now() - began).toBeLessThan(15_000);
  await life.supervisor.stop();
}, 90_000);

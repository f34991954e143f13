/** Mail that a look passed over, and a later listing names. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { mail } from "../support/fake-source.ts";
import { openLifeParts, type LifeParts } from "../support/sync-life.ts";
import { syncRig, type SyncRig } from "../support/sync-rig.ts";

let parts: LifeParts;
beforeAll(async () => {
  parts = await openLifeParts();
});
afterAll(() => parts.close());

/** Two old messages, both of them brought. */
async function imported() {
  const rig = await syncRig(parts.database.pool, parts.parser);
  const inbox = rig.server.folder("INBOX", "inbox");
  for (const id of ["a@x", "b@x"]) inbox.add(mail({ id }));
  await rig.choose("INBOX");
  await rig.look("INBOX");
  await rig.backfill();
  return { rig, inbox };
}

test("new mail that a look passed over is stored as new; what is older is not", async () => {
  const { rig, inbox } = await imported();
  for (const id of ["passed@x", "last@x"]) inbox.add(mail({ id }), { internalDateMs: Date.now() });
  await passOver(rig, 4);
  await rig.look("INBOX"); // brings the last; the next finds what is missing below it
  await rig.look("INBOX");
  const stored = new Map((await rig.messages()).map((message) => [message.message_id, message.is_new]));
  expect(stored).toEqual(
    new Map([
      ["<a@x>", false],
      ["<b@x>", false],
      ["<last@x>", true],
      ["<passed@x>", true],
    ]),
  );
});

test("old mail that an import passed over is no news", async () => {
  const { rig } = await imported();
  const first = (await rig.messages()).find(({ message_id }) => message_id === "<a@x>");
  const { workspaceId } = rig.ctx.tenant;
  for (const table of ["message_locations", "message_bodies", "messages"])
    await parts.database.pool.query(
      `DELETE FROM ${table} WHERE workspace_id = $1 AND ${table === "messages" ? "id" : "message_id"} = $2`,
      [workspaceId, first!.id],
    );
  await rig.look("INBOX");
  expect((await rig.messages()).map(({ is_new }) => is_new)).toEqual([false, false]);
});

/** The cursor as a look leaves it that was told of a number, and not of the mail that has it. */
async function passOver(rig: SyncRig, uidnext: number): Promise<void> {
  await parts.database.pool.query(
    "UPDATE folders SET head_cursor = head_cursor || jsonb_build_object('uidnext', $2::int) WHERE workspace_id = $1",
    [rig.ctx.tenant.workspaceId, uidnext],
  );
}

/** Change notifications of Graph: from the public route to the process that owns the mailbox. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGraphPushDesk, canBeNotified, type GraphPushDesk } from "../../src/app/graph-push.ts";
import { saveSubscription, readSubscription } from "../../src/store/graph-subscriptions.ts";
import { claimMailboxes, registerProcess } from "../../src/store/leases.ts";
import { takeRequests } from "../../src/store/mailbox-requests.ts";
import { removeMailbox } from "../../src/store/remove-mailbox.ts";
import { startApi, type ApiRig } from "../support/api.ts";
import { seedWorkspace, type SeededWorkspace } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { eventually } from "../support/eventually.ts";

let rig: ApiRig;
let desk: GraphPushDesk;
let seeded: SeededWorkspace;
let owner: string;
let deskWith: (...keys: [Buffer, ...Buffer[]]) => GraphPushDesk;
const hinted: string[] = [];
const graphUrl = "https://graph.microsoft.com";
const publicUrl = "https://mail.shop.example";

beforeAll(async () => {
  rig = await startApi({ deps: { receiveNotification: (state, what) => desk.receive(state, what) } });
  const hints = { hint: (workspaceId: string) => void hinted.push(workspaceId) };
  deskWith = (...keys) =>
    createGraphPushDesk({ pool: rig.database.pool, hints, log: silentLog, publicUrl, keys });
  desk = deskWith(Buffer.alloc(32, 1));
  seeded = await seedWorkspace(rig.database.pool);
  owner = await registerProcess(rig.database.pool, { kind: "worker", hostname: "other", pid: 1 });
  await claimMailboxes(rig.database.pool, seeded.tenant, { processId: owner, limit: 9 });
});
afterAll(() => rig.close());

const channel = () =>
  desk.channelFor({ workspaceId: seeded.workspaceId, mailboxId: seeded.mailboxId }, graphUrl)!;
const notify = (value: object[]) => rig.call("/v1/notifications/graph", { method: "POST", body: { value } });
const heard = async () => {
  const news: [string, string][] = [];
  const requests = await takeRequests(seeded.tenant, owner, (id, what) => news.push([id, what]));
  return { news, requests: [...requests] };
};

test("the validation is answered with its token as text, whatever it holds", async () => {
  const token = "Validation: <script>alert(1)</script> ü";
  const response = await fetch(
    `${rig.url}/v1/notifications/graph?validationToken=${encodeURIComponent(token)}`,
    { method: "POST", headers: { "content-type": "text/plain; charset=utf-8" } },
  );
  expect([response.status, await response.text()]).toEqual([200, token]);
  expect(response.headers.get("content-type")).toContain("text/plain");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});

test("with the mailbox's secret its owner in another process is told, once for many; with another nobody is", async () => {
  const { clientState } = channel();
  expect(clientState.length).toBeLessThanOrEqual(128);
  const forged = `${clientState.slice(0, -1)}${clientState.endsWith("A") ? "B" : "A"}`;
  expect(
    (await notify([{ clientState: forged, changeType: "created" }, { clientState: "x" }, {}])).status,
  ).toBe(202);
  hinted.length = 0;
  for (let n = 0; n < 3; n += 1) await notify([{ clientState, changeType: "created" }]);
  await notify([{ clientState, lifecycleEvent: "subscriptionRemoved" }]);
  await eventually(() => expect(hinted.length).toBe(2));
  const { news, requests } = await heard();
  expect([news.sort(), requests]).toEqual([
    [
      [seeded.mailboxId, "changed"],
      [seeded.mailboxId, "removed"],
    ],
    [],
  ]);
});

test("in the owner's own process the source hears of it without the database", async () => {
  const told: string[] = [];
  const end = channel().listen(({ what }) => told.push(what));
  await notify([{ clientState: channel().clientState, lifecycleEvent: "reauthorizationRequired" }]);
  await eventually(() => expect(told).toEqual(["reauthorize"]));
  end();
  expect((await heard()).news).toEqual([]);
  desk.tell(seeded.mailboxId, "changed");
  expect(told).toEqual(["reauthorize"]);
});

test("a subscription is kept for the next process, and goes with its mailbox", async () => {
  const kept = { id: "sub-1", expiresAtMs: Date.UTC(2030, 0, 1) };
  await channel().save(kept);
  expect(await channel().load()).toEqual(kept);
  await channel().save({ ...kept, id: "sub-2" });
  expect((await readSubscription(seeded.tenant, seeded.mailboxId))?.id).toBe("sub-2");
  await channel().save(null);
  expect(await channel().load()).toBeNull();
  const other = await seedWorkspace(rig.database.pool);
  await saveSubscription(other.tenant, other.mailboxId, kept);
  await removeMailbox(other.tenant, other.mailboxId, "erase");
  expect(await readSubscription(other.tenant, other.mailboxId)).toBeNull();
  await saveSubscription(other.tenant, "01890000-0000-7000-8000-000000000000", kept);
  expect(await readSubscription(other.tenant, "01890000-0000-7000-8000-000000000000")).toBeNull();
});

test("only an address that Graph can reach is told to it", () => {
  expect(canBeNotified("https://mail.shop.example", graphUrl)).toBe(true);
  expect(canBeNotified("http://192.168.1.5:3000", graphUrl)).toBe(false);
  expect(canBeNotified("http://127.0.0.1:3000", "http://127.0.0.1:4000")).toBe(true);
});

test("after the key was rotated, what an older subscription brings is believed; a key that was dropped is not", async () => {
  const of = { workspaceId: seeded.workspaceId, mailboxId: seeded.mailboxId };
  const [older, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const { clientState } = deskWith(older).channelFor(of, graphUrl)!;
  const rotated = deskWith(newer, older);
  expect(await rotated.receive(clientState, "changed")).toBe(true);
  expect(rotated.channelFor(of, graphUrl)!.clientState).not.toBe(clientState);
  expect(await deskWith(newer).receive(clientState, "changed")).toBe(false);
});

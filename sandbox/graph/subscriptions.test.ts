import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { closeServer, listen } from "../mail/listening.ts";
import type { FaultKind } from "./faults.ts";
import { parseFault } from "./faults.ts";
import type { SentNotification } from "./notification-log.ts";
import { SubscriptionList } from "./subscription-list.ts";
import { mail, startTestGraph, well } from "./test-graph.ts";
import type { Json, TestGraph } from "./test-graph.ts";
import { eventually } from "../../tests/support/eventually.ts";

/** A client's own address: what it was told, and how it answers. */
const told: { path: string; value: Json[] }[] = [];
let answers: (token: string | null) => { status: number; text: string };
const server = createServer((req, res) => {
  const url = new URL(req.url ?? "/", "http://x");
  const token = url.searchParams.get("validationToken");
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", () => {
    const { status, text } = answers(token);
    if (token === null) {
      const { value } = JSON.parse(Buffer.concat(chunks).toString()) as { value: Json[] };
      told.push({ path: url.pathname, value });
    }
    res.writeHead(status, { "content-type": "text/plain" }).end(text);
  });
});

let graph: TestGraph;
let address: string;
beforeAll(async () => {
  graph = await startTestGraph({ random: () => 0.5 });
  address = `http://127.0.0.1:${await listen(server, 0)}`;
});
afterAll(async () => {
  await graph.stop();
  server.closeAllConnections();
  await closeServer(server);
});
beforeEach(() => {
  told.length = 0;
  answers = (token) => ({ status: token === null ? 202 : 200, text: token ?? "" });
});
afterEach(() => {
  graph.context.faults.clear(graph.mailboxId, null);
  for (const one of graph.context.subscriptions.all()) graph.context.subscriptions.remove(one.id);
});

const inMinutes = (minutes: number): string => new Date(graph.clock.now + minutes * 60_000).toISOString();
const subscribe = (more: object = {}) =>
  graph.ask("/subscriptions", {
    method: "POST",
    headers: { prefer: 'IdType="ImmutableId"' },
    body: {
      changeType: "created,updated,deleted",
      notificationUrl: `${address}/changes`,
      lifecycleNotificationUrl: `${address}/life`,
      resource: "me/mailFolders('inbox')/messages",
      expirationDateTime: inMinutes(60),
      clientState: "secret",
      ...more,
    },
  });
const message = ({ json }: { json: Json }): unknown => (json["error"] as Json | undefined)?.["message"];
const fault = (kind: FaultKind, more: object = {}): void => {
  const made = parseFault({ fault: kind, ...more }, graph.clock.now);
  if (typeof made === "string") throw new Error(made);
  graph.context.faults.add(graph.mailboxId, made);
};
const kinds = (): unknown[] =>
  told.flatMap((one) => one.value.map((each) => each["changeType"] ?? each["lifecycleEvent"]));

test("tells of each change in its folder, whichever front made it", async () => {
  const made = await subscribe();
  expect(made.json).toMatchObject({ clientState: "secret", resource: "me/mailFolders('inbox')/messages" });
  const id = graph.put(mail("news"));
  await eventually(() => expect(kinds()).toEqual(["created"]));
  expect(told[0]).toMatchObject({
    path: "/changes",
    value: [
      { clientState: "secret", subscriptionId: made.json["id"], tenantId: expect.any(String) as string },
    ],
  });
  const { id: itemId } = (told[0]?.value[0]?.["resourceData"] ?? {}) as Json;
  expect((await graph.ask(`/me/messages/${String(itemId)}`)).json["subject"]).toBe("news");
  const item = graph.store.items.find(id)!;
  graph.store.messages.setFlags(item.folderId, item.uid, ["\\Seen"]);
  await eventually(() => expect(kinds()).toEqual(["created", "updated"]));
  graph.store.messages.expunge(item.folderId, item.uid);
  await eventually(() => expect(kinds()).toEqual(["created", "updated", "deleted"]));
  graph.put(mail("elsewhere"), "archive");
  graph.put(mail("here"));
  await eventually(() => expect(kinds()).toHaveLength(4));
  const log = () => graph.control.notifications(graph.mailboxId).slice(-4) as SentNotification[];
  await eventually(() => expect(log().map(({ status }) => status)).toEqual([202, 202, 202, 202]));
  expect(log().map(({ tells }) => tells.map(({ what }) => what).join())).toEqual(kinds());
  expect(log().at(-1)?.tells[0]?.messageId).toContain("here");
});

test("an address that does not answer with the token is refused", async () => {
  answers = () => ({ status: 500, text: "" });
  expect(message(await subscribe())).toContain("must respond with 200 OK");
  answers = () => ({ status: 200, text: "something else" });
  expect(message(await subscribe())).toContain("exactly match");
  expect(message(await subscribe({ notificationUrl: "http://127.0.0.1:1/" }))).toContain(
    "could not be reached",
  );
  expect(message(await subscribe({ notificationUrl: "http://far.example/" }))).toContain("https");
  expect(graph.context.subscriptions.all()).toEqual([]);
});

test("limits: 10,080 minutes, 128 characters; renewed, read and ended by its maker alone", async () => {
  expect(message(await subscribe({ expirationDateTime: inMinutes(10_081) }))).toContain("10080");
  expect(message(await subscribe({ clientState: "x".repeat(129) }))).toContain("128");
  expect(message(await subscribe({ resource: "me/events" }))).toContain("not supported");
  const { json } = await subscribe();
  const path = `/subscriptions/${String(json["id"])}`;
  const renewed = await graph.ask(path, { method: "PATCH", body: { expirationDateTime: inMinutes(10_080) } });
  expect([renewed.status, renewed.json["expirationDateTime"]]).toEqual([200, inMinutes(10_080)]);
  expect((await graph.ask(path, { token: "other@outlook.example" })).status).toBe(404);
  graph.clock.now += 10_080 * 60_000;
  expect((await graph.ask(path)).status).toBe(404);
  const again = await subscribe();
  expect((await graph.ask(`/subscriptions/${String(again.json["id"])}`, { method: "DELETE" })).status).toBe(
    204,
  );
  expect((await graph.ask("/subscriptions")).json["value"]).toEqual([]);
});

test("notifications are lost, doubled and late by order", async () => {
  await subscribe();
  fault("notificationsLost", { times: 1 });
  fault("notificationsDelayed", { ms: 120, times: 1 });
  fault("notificationsDoubled", { times: 1 });
  for (const name of ["lost", "late and twice", "plain"]) graph.put(mail(name));
  await eventually(() => expect(kinds()).toHaveLength(1));
  await eventually(() => expect(kinds()).toHaveLength(3));
});

test("what is not taken is sent again", async () => {
  await subscribe();
  answers = () => ({ status: told.length === 0 ? 503 : 202, text: "" });
  graph.put(mail("again"));
  await eventually(() => expect(told).toHaveLength(2));
});

test("lifecycle notices come to their own address; a removal may come without", async () => {
  const { changes } = graph.control;
  await subscribe();
  changes["/admin/graph/subscriptions/lifecycle"]?.(graph.mailboxId, { event: "reauthorizationRequired" });
  changes["/admin/graph/subscriptions/lifecycle"]?.(graph.mailboxId, { event: "missed" });
  changes["/admin/graph/subscriptions/remove"]?.(graph.mailboxId, {});
  await eventually(() =>
    expect(kinds().sort()).toEqual(["missed", "reauthorizationRequired", "subscriptionRemoved"]),
  );
  expect(told.map((one) => one.path)).toEqual(["/life", "/life", "/life"]);
  expect((await graph.ask("/subscriptions")).json["value"]).toEqual([]);
  await subscribe();
  changes["/admin/graph/subscriptions/remove"]?.(graph.mailboxId, { notice: false });
  expect(graph.control.subscriptions(graph.mailboxId)).toEqual([]);
  expect(told).toHaveLength(3);
  expect((await graph.ask("/me", { token: well })).status).toBe(200);
});

test("subscriptions outlive a restart, expired ones do not", async () => {
  await subscribe();
  const [made] = graph.context.subscriptions.all();
  const file = join(mkdtempSync(join(tmpdir(), "subscriptions-")), "list.json");
  let now = graph.clock.now;
  new SubscriptionList(file, () => now).put(made!);
  const again = new SubscriptionList(file, () => now);
  expect(again.all()).toEqual([made]);
  now = made!.expiresAt;
  expect(again.all()).toEqual([]);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual([]);
  rmSync(dirname(file), { recursive: true });
});

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { parseFault } from "./faults.ts";
import { mail, startTestGraph, well } from "./test-graph.ts";
import type { Json, TestGraph } from "./test-graph.ts";

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ random: () => 0.5 });
});
afterAll(async () => graph.stop());
afterEach(() => graph.context.faults.clear(graph.mailboxId, null));

const order = (body: object): string | void =>
  graph.control.changes["/admin/faults"]?.(graph.mailboxId, body);
const inbox = () => graph.ask("/me/mailFolders/inbox");
const outcome = async (asked: ReturnType<typeof inbox>): Promise<unknown[]> => {
  const { status, json, headers } = await asked;
  return [status, (json["error"] as Json | undefined)?.["code"], headers.get("retry-after")];
};

test.each([
  [{ fault: "throttled", retryAfterSeconds: 30 }, [429, "ApplicationThrottled", "30"]],
  [{ fault: "unavailable" }, [503, "ServiceUnavailable", null]],
  [{ fault: "accessDenied" }, [403, "ErrorAccessDenied", null]],
  [{ fault: "mailboxNotEnabled" }, [404, "MailboxNotEnabledForRESTAPI", null]],
])("%o strikes once and is over", async (fault, expected) => {
  order({ ...fault, times: 1 });
  expect(await outcome(inbox())).toEqual(expected);
  expect((await inbox()).status).toBe(200);
});

test("a fault lasts its time, strikes by its probability, and ends by order", async () => {
  order({ fault: "unavailable", forSeconds: 5 });
  expect((await inbox()).status).toBe(503);
  graph.clock.now += 5000;
  expect((await inbox()).status).toBe(200);
  order({ fault: "unavailable", probability: 0.4 });
  expect((await inbox()).status).toBe(200);
  order({ fault: "throttled", probability: 0.6 });
  expect((await inbox()).status).toBe(429);
  graph.control.changes["/admin/faults/clear"]?.(graph.mailboxId, { fault: "throttled" });
  expect(graph.control.faults(graph.mailboxId)).toHaveLength(1);
  expect(order({ fault: "nonsense" })).toContain("'fault' must be one of");
  expect(parseFault({ fault: "delay", ms: "1" }, 0)).toBe("'ms' must be a number");
});

test("delta tokens expire: once by order, for good by epoch, with another kind of ids", async () => {
  graph.put(mail("one"));
  const { json } = await graph.ask("/me/mailFolders/inbox/messages/delta");
  const { json: done } = await graph.ask(String(json["@odata.nextLink"]));
  const link = String(done["@odata.deltaLink"]);
  order({ fault: "deltaGone", times: 1 });
  order({ fault: "deltaNotFound", times: 1 });
  expect(await outcome(graph.ask(link))).toEqual([410, "SyncStateNotFound", null]);
  expect(await outcome(graph.ask(link))).toEqual([404, "syncStateNotFound", null]);
  expect((await graph.ask(link)).json["value"]).toEqual([]);
  expect(await outcome(graph.ask(link, { headers: { prefer: 'IdType="ImmutableId"' } }))).toEqual([
    400,
    "SyncStateInvalid",
    null,
  ]);
  graph.control.changes["/admin/graph/deltas/expire"]?.(graph.mailboxId, {});
  expect(await outcome(graph.ask(link))).toEqual([410, "SyncStateNotFound", null]);
  expect((await graph.ask(`${link}x`)).status).toBe(400);
});

test("delta pages repeat what was told when a fault says so", async () => {
  const { json } = await graph.ask("/me/mailFolders/inbox/messages/delta");
  const { json: done } = await graph.ask(String(json["@odata.nextLink"]));
  order({ fault: "replays", times: 1 });
  const replayed = await graph.ask(String(done["@odata.deltaLink"]));
  expect((replayed.json["value"] as Json[]).length).toBeGreaterThan(0);
});

test("a token ends in the middle of a batch, and stays ended", async () => {
  order({ fault: "tokenEndsInBatch", after: 2, times: 1 });
  const token = `${well}|Mail.Read+User.Read`;
  const requests = Array.from({ length: 5 }, (_, index) => ({
    id: `${index}`,
    method: "GET",
    url: "/me/mailFolders/inbox",
  }));
  const { json } = await graph.ask("/$batch", { method: "POST", body: { requests }, token });
  const statuses = (json["responses"] as Json[]).map((one) => one["status"]).sort();
  expect(statuses).toEqual([200, 200, 401, 401, 401]);
  expect((await graph.ask("/me", { token })).status).toBe(401);
  expect((await graph.ask("/me")).status).toBe(200);
});

test("answers are late by the delay, and bodies handed out are counted by message", async () => {
  const id = graph.put(mail("counted"));
  graph.control.changes["/admin/counters/reset"]?.(graph.mailboxId, {});
  const [found] = await graph.all("/me/messages?$filter=subject eq 'counted'&$select=subject,bodyPreview");
  const path = `/me/messages/${String(found?.["id"])}`;
  await graph.ask(`${path}/$value`);
  expect(graph.control.counters(graph.mailboxId)).toMatchObject({
    requests: 2,
    bodies: { graph: 1 },
    bodiesAgain: 0,
  });
  await graph.ask(`${path}?$select=body`);
  expect(graph.control.counters(graph.mailboxId)).toMatchObject({
    requests: 3,
    bodies: { graph: 2 },
    bodiesAgain: 1,
    byStatus: { 200: 3 },
    byKind: { "GET messages/:message/$value": 1 },
  });
  expect(graph.store.items.find(id)?.subject).toBe("counted");
  order({ fault: "delay", ms: 80 });
  const begun = performance.now();
  await inbox();
  expect(performance.now() - begun).toBeGreaterThanOrEqual(80);
});

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { mail, startTestGraph } from "./test-graph.ts";
import type { Json, TestGraph } from "./test-graph.ts";

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(async () => graph.stop());
afterEach(() => {
  graph.context.faults.clear(graph.mailboxId, null);
  graph.context.traffic.reset(graph.mailboxId);
});

async function batch(requests: object[]): Promise<Map<string, Json>> {
  const { status, json } = await graph.ask("/$batch", { method: "POST", body: { requests } });
  expect(status).toBe(200);
  return new Map((json["responses"] as Json[]).map((one) => [String(one["id"]), one]));
}

const get = (id: string, url: string, more: object = {}): object => ({ id, method: "GET", url, ...more });

test("twenty requests run four at a time, and answer in another order", async () => {
  const requests = Array.from({ length: 20 }, (_, index) => get(String(index), "/me/mailFolders/inbox"));
  const { json } = await graph.ask("/$batch", { method: "POST", body: { requests } });
  const answers = json["responses"] as Json[];
  expect(answers.map((one) => one["status"])).toEqual(Array.from({ length: 20 }, () => 200));
  expect(answers.map((one) => one["id"])).not.toEqual(requests.map((one) => Reflect.get(one, "id")));
  expect(graph.context.traffic.read(graph.mailboxId)).toMatchObject({
    mostAtOnce: 4,
    overLimit: 0,
    subRequests: 20,
    batches: 1,
  });
  const tooMany = [...requests, get("20", "/me")];
  expect((await graph.ask("/$batch", { method: "POST", body: { requests: tooMany } })).status).toBe(400);
});

test("MIME comes in base64, a refusal is its own, a dependent request follows", async () => {
  graph.put(mail("one"));
  const [message] = await graph.all("/me/messages?$select=id");
  const answers = await batch([
    get("late", "/me/mailFolders/inbox", { dependsOn: ["gone"] }),
    get("raw", `/me/messages/${String(message?.["id"])}/$value`),
    get("gone", "/me/mailFolders/clutter"),
    { id: "read", method: "PATCH", url: `/me/messages/${String(message?.["id"])}`, body: { isRead: true } },
  ]);
  expect(Buffer.from(String(answers.get("raw")?.["body"]), "base64").toString()).toContain("body of one");
  expect(answers.get("gone")?.["status"]).toBe(404);
  expect(answers.get("late")?.["status"]).toBe(424);
  expect(answers.get("read")?.["status"]).toBe(400);
});

test("a token that is not taken refuses the whole batch", async () => {
  const requests = [get("1", "/me")];
  const refused = await graph.ask("/$batch", { method: "POST", body: { requests }, token: "nonsense" });
  expect([refused.status, (refused.json["error"] as Json)["code"]]).toEqual([
    401,
    "InvalidAuthenticationToken",
  ]);
});

test("the fifth request at once is refused, and counted", async () => {
  graph.context.faults.add(graph.mailboxId, {
    kind: "delay",
    until: null,
    times: null,
    probability: 1,
    retryAfterSeconds: null,
    ms: 500,
    after: 1,
  });
  const ask = () => graph.ask("/me/mailFolders/inbox");
  const four = [ask(), ask(), ask(), ask()];
  await expect.poll(() => graph.context.traffic.read(graph.mailboxId).mostAtOnce, { interval: 5 }).toBe(4);
  const answers = await Promise.all([...four, ask()]);
  const statuses = answers.map((one) => one.status).sort();
  expect(statuses).toEqual([200, 200, 200, 200, 429]);
  const refused = answers.find((one) => one.status === 429);
  expect(refused?.json["error"]).toMatchObject({
    code: "ApplicationThrottled",
    message: "Application is over its MailboxConcurrency limit.",
  });
  expect(graph.context.traffic.read(graph.mailboxId)).toMatchObject({ mostAtOnce: 5, overLimit: 1 });
});

test("beyond ten thousand requests in ten minutes Retry-After says when", async () => {
  graph.context.limits.reset(graph.mailboxId);
  for (let count = 0; count < 10_000; count++)
    graph.context.limits.enter(graph.mailboxId, 0, () => undefined)();
  graph.clock.now += 9 * 60_000;
  const refused = await graph.ask("/me/mailFolders/inbox");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
  graph.clock.now += 60_000;
  expect((await graph.ask("/me/mailFolders/inbox")).status).toBe(200);
});

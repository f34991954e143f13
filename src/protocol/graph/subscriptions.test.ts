/** Keeping a mailbox subscribed: made, renewed, made anew, and polling where it is refused. */
import { beforeEach, expect, test } from "vitest";
import { refused } from "../../../tests/support/scripted-graph.ts";
import { systemClock, type Clock } from "../../core/clock.ts";
import { createGraphClient, type GraphClient } from "./client.ts";
import { createPush, type PushChannel, type PushNews, type StoredSubscription } from "./subscriptions.ts";
import { eventually } from "../../../tests/support/eventually.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} } as never;
const dayMs = 86_400_000;
let asked: { method: string; path: string; body: Record<string, unknown> }[];
/** Answers to come; when there are none: as it should be. */
let answers: { status: number; json?: unknown }[];
let stored: StoredSubscription | null;
let hear: (news: PushNews) => void;
let told: (string | null)[];
let slept: { ms: number; wake: () => void }[];
let made: number;

const clock: Clock = {
  ...systemClock,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      slept.push({ ms, wake: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    }),
};

const fetcher = async (url: string, init: RequestInit = {}): Promise<Response> => {
  const body = JSON.parse((init.body as string | undefined) ?? "{}") as Record<string, unknown>;
  asked.push({ method: init.method ?? "GET", path: new URL(url).pathname, body });
  const planned = answers.shift();
  if (planned !== undefined) return Response.json(planned.json, { status: planned.status });
  const id = init.method === "POST" ? `sub-${(made += 1)}` : new URL(url).pathname.split("/").at(-1);
  return Response.json({ id, expirationDateTime: body["expirationDateTime"] });
};
const client = (): GraphClient =>
  createGraphClient({
    baseUrl: "https://graph.standin.example",
    auth: async () => ({ accessToken: "t" }),
    fetch: fetcher,
    clock,
    log,
  });

function begin() {
  const channel: PushChannel = {
    notificationUrl: "https://mail.shop.example/v1/notifications/graph",
    clientState: "secret",
    load: async () => stored,
    save: async (one) => void (stored = one),
    listen(to) {
      hear = to;
      return () => undefined;
    },
  };
  const push = createPush(client(), channel, log);
  return { push, stop: push.subscribe((folderId) => told.push(folderId)) };
}
const rested = (times: number): Promise<void> => eventually(() => expect(slept.length).toBe(times));

beforeEach(() => {
  [asked, answers, stored, told, slept, made] = [[], [], null, [], [], 0];
});

test("is made with its secret and kept; at the half of its time it is renewed", async () => {
  const { push, stop } = begin();
  await rested(1);
  expect(asked).toMatchObject([
    {
      method: "POST",
      path: "/v1.0/subscriptions",
      body: {
        changeType: "created,updated,deleted",
        resource: "me/messages",
        clientState: "secret",
        lifecycleNotificationUrl: "https://mail.shop.example/v1/notifications/graph",
      },
    },
  ]);
  expect([stored?.id, push.active()]).toEqual(["sub-1", true]);
  expect(slept[0]!.ms).toBeGreaterThan(0.9 * dayMs);
  stored = { id: "sub-1", expiresAtMs: Date.now() + dayMs / 2 };
  slept[0]!.wake();
  await rested(2);
  expect(asked[1]).toMatchObject({ method: "PATCH", path: "/v1.0/subscriptions/sub-1" });
  stop();
  expect(push.active()).toBe(false);
});

test("one that another process made is taken over as it is", async () => {
  stored = { id: "theirs", expiresAtMs: Date.now() + 1.5 * dayMs };
  const { push, stop } = begin();
  await rested(1);
  expect([asked, push.active()]).toEqual([[], true]);
  stop();
});

test("removed, it is made anew, and all is looked at; authorized anew, it is renewed", async () => {
  const { stop } = begin();
  await rested(1);
  hear({ what: "removed" });
  await rested(2);
  expect([asked.at(-1)!.method, stored?.id, told]).toEqual(["POST", "sub-2", [null]]);
  hear({ what: "reauthorize" });
  await rested(3);
  expect([asked.at(-1), told]).toMatchObject([
    { method: "PATCH", path: "/v1.0/subscriptions/sub-2" },
    [null],
  ]);
  hear({ what: "missed" });
  hear({ what: "changed" });
  expect(told).toEqual([null, null, null]);
  stop();
});

test("one that is gone without a word is made anew when it is to be renewed", async () => {
  stored = { id: "lost", expiresAtMs: Date.now() + dayMs / 4 };
  answers = [refused(404, "ResourceNotFound")];
  const { stop } = begin();
  await rested(1);
  expect(asked.map(({ method }) => method)).toEqual(["PATCH", "POST"]);
  expect(stored?.id).toBe("sub-1");
  stop();
});

test("where our address cannot be reached the mailbox is polled, and it is tried again within the hour", async () => {
  answers = [refused(400, "ValidationError")];
  const { push, stop } = begin();
  await rested(1);
  expect([push.active(), slept[0]!.ms]).toEqual([false, 3_600_000]);
  slept[0]!.wake();
  await rested(2);
  expect(push.active()).toBe(true);
  stop();
});

test("a change that nobody told of raises doubts: it is renewed, or made anew, but not at each", async () => {
  const { push, stop } = begin();
  await rested(1);
  answers = [refused(404, "ResourceNotFound")];
  push.doubt?.();
  await rested(2);
  expect(asked.map(({ method }) => method)).toEqual(["POST", "PATCH", "POST"]);
  push.doubt?.();
  expect(asked.length).toBe(3);
  stop();
});

/** GET /v1/events as a listener meets it: at once, resumable, and ended with the right to listen. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiKey, revokeApiKey } from "../../src/store/api-keys.ts";
import { createEventHints } from "../../src/store/event-hints.ts";
import { appendEvents, latestSeq } from "../../src/store/events.ts";
import { removeMember } from "../../src/store/people.ts";
import { tenantDb } from "../../src/store/tenant-db.ts";
import { startApi, type ApiRig, type Team } from "../support/api.ts";
import { silentLog } from "../support/silent-log.ts";

let rig: ApiRig;
let team: Team;
beforeAll(async () => {
  rig = await startApi({ deps: { rightsCheckMs: 200 } });
  team = await rig.workspace("Marlow");
});
afterAll(() => rig.close());

interface Heard {
  id: number;
  event: string;
  data: { n: number };
}

/** Listens; `next` resolves with the next events, `ended` when the server ends the stream. */
async function listen(headers: Record<string, string>, path = "/v1/events") {
  const leave = new AbortController();
  const response = await fetch(`${rig.url}${path}`, { headers, signal: leave.signal });
  const heard: Heard[] = [];
  const raw: string[] = [];
  let wake = Promise.withResolvers<void>();
  const reading = (async () => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      raw.push(...blocks);
      heard.push(...blocks.flatMap(parse));
      wake.resolve();
    }
  })();
  reading.catch(() => undefined); // leaving ends it by force
  const started = async (): Promise<void> => {
    while (raw.length === 0) await wake.promise;
  };
  await started();
  return {
    response,
    raw,
    heard,
    ended: () => reading,
    leave: () => leave.abort(),
    count: async (count: number): Promise<Heard[]> => {
      while (heard.length < count) {
        wake = Promise.withResolvers();
        if (heard.length < count) await wake.promise;
      }
      return heard;
    },
  };
}

function parse(block: string): Heard[] {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
  const [id, event, data] = [field("id"), field("event"), field("data")];
  if (id === undefined || event === undefined || data === undefined) return [];
  return [{ id: Number(id), event, data: JSON.parse(data) as { n: number } }];
}

const byKey = (key = team.keys.agent): Record<string, string> => ({ authorization: `Bearer ${key}` });
const append = (tenant: Team["tenant"], ...numbers: number[]): Promise<void> =>
  tenant.transaction((tx) =>
    appendEvents(
      tx,
      numbers.map((n) => ({
        type: "mailbox.progress",
        mailboxId: null,
        conversationId: null,
        payload: { n },
      })),
    ),
  );

test("an event is there within a second of its commit", async () => {
  const stream = await listen(byKey());
  expect(stream.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(stream.response.headers.get("cache-control")).toBe("no-store");
  const began = performance.now();
  await append(team.tenant, 1);
  const [first] = await stream.count(1);
  expect(first).toMatchObject({ event: "mailbox.progress", data: { n: 1 } });
  expect(performance.now() - began).toBeLessThan(1_000);
  stream.leave();
});

test("an event of another process, too", async () => {
  const stream = await listen(byKey());
  const pool = rig.database.secondPool();
  const theirs = createEventHints(pool, { log: silentLog });
  const began = performance.now();
  await append(tenantDb(pool, team.workspaceId), 1);
  await stream.count(1);
  expect(performance.now() - began).toBeLessThan(1_000);
  stream.leave();
  await theirs.close();
});

test("another workspace's events are not heard", async () => {
  const other = await rig.workspace("Other");
  const stream = await listen(byKey());
  await append(other.tenant, 99);
  await append(team.tenant, 2);
  expect((await stream.count(1)).map(({ data }) => data.n)).toEqual([2]);
  stream.leave();
});

test("goes on by Last-Event-ID with nothing lost and nothing twice", async () => {
  const before = await latestSeq(team.tenant);
  const first = await listen(byKey());
  await append(team.tenant, 1, 2);
  await first.count(2);
  first.leave();
  await append(team.tenant, 3, 4); // while nobody listens
  const numbers = Array.from({ length: 450 }, (_, n) => n + 5); // more than one page
  await append(team.tenant, ...numbers);
  const second = await listen({ ...byKey(), "last-event-id": String(before + 2) });
  const during = append(team.tenant, 455);
  const heard = await second.count(453);
  await during;
  expect(heard.map(({ data }) => data.n)).toEqual(Array.from({ length: 453 }, (_, n) => n + 3));
  expect(new Set(heard.map(({ id }) => id)).size).toBe(453);
  second.leave();
  const third = await listen(byKey(), `/v1/events?after=${before + 454}`);
  expect((await third.count(1)).map(({ data }) => data.n)).toEqual([455]);
  third.leave();
});

test("a break before the first event loses nothing: the start says its number", async () => {
  const before = await latestSeq(team.tenant);
  const first = await listen(byKey());
  first.leave();
  expect(first.raw).toEqual([`: connected\nid: ${before}`]); // no data: a browser remembers it and hears nothing
  await append(team.tenant, 1, 2); // while nobody listens
  const second = await listen({ ...byKey(), "last-event-id": String(before) });
  expect((await second.count(2)).map(({ data }) => data.n)).toEqual([1, 2]);
  expect(second.raw[0]).toBe(": connected");
  second.leave();
});

test("says so when the events asked for are no longer kept, or never were", async () => {
  const ahead = await listen({ ...byKey(), "last-event-id": "999999999" });
  expect(ahead.raw[0]).toContain(`id: ${await latestSeq(team.tenant)}\nevent: stream.reset`);
  ahead.leave();
  await rig.database.pool.query("DELETE FROM events WHERE workspace_id = $1 AND seq < $2", [
    team.workspaceId,
    await latestSeq(team.tenant),
  ]);
  const newest = await latestSeq(team.tenant);
  const askFrom = async (position: string): Promise<string> => {
    const stream = await listen({ ...byKey(), "last-event-id": position });
    stream.leave();
    return stream.raw[0]!;
  };
  expect(await askFrom("1")).toContain("event: stream.reset");
  expect(await askFrom("of-another-server")).toContain("event: stream.reset");
  expect(await askFrom(String(newest))).toBe(": connected");
  await rig.database.pool.query("DELETE FROM events WHERE workspace_id = $1", [team.workspaceId]);
  expect(await askFrom(String(newest - 1))).toContain("event: stream.reset"); // a quiet week: none is kept at all
  expect(await askFrom(String(newest))).toBe(": connected");
});

test("ends when the key is revoked", async () => {
  const { key, apiKey } = await createApiKey(team.tenant, { name: "x", role: "agent", createdBy: null });
  const stream = await listen(byKey(key));
  await append(team.tenant, 7);
  await stream.count(1);
  await revokeApiKey(team.tenant, apiKey.id);
  await stream.ended();
});

test("ends when the person is removed, and when they sign out", async () => {
  const removed = await team.join("agent");
  const left = await team.join("agent");
  const streams = [await listen({ cookie: removed.cookie }), await listen({ cookie: left.cookie })];
  await removeMember(team.tenant, removed.user.id);
  await rig.call("/api/auth/sign-out", { method: "POST", cookie: left.cookie, body: {} });
  await Promise.all(streams.map((stream) => stream.ended()));
});

test("goes on for who may listen", async () => {
  const stream = await listen(byKey());
  const ended = stream.ended().then(
    () => "ended",
    () => "left",
  );
  await new Promise((resolve) => setTimeout(resolve, 500)); // rights are asked for twice meanwhile
  await append(team.tenant, 8);
  expect((await stream.count(1)).length).toBe(1);
  stream.leave();
  expect(await ended).toBe("left");
});

test("takes no key from the address", async () => {
  for (const name of ["key", "token", "api_key", "access_token"]) {
    const answer = await rig.call(`/v1/events?${name}=${team.keys.owner}`);
    expect([name, answer.status]).toEqual([name, 401]);
  }
});

test("a listener who left is not kept", async () => {
  const { hints } = rig.deps;
  let kept = 0;
  const allGone = Promise.withResolvers<void>();
  rig.deps.hints = {
    ...hints,
    subscribe: (listener) => {
      const unsubscribe = hints.subscribe(listener);
      kept += 1;
      return () => {
        unsubscribe();
        kept -= 1;
        if (kept === 0) allGone.resolve();
      };
    },
  };
  const streams = await Promise.all(Array.from({ length: 5 }, () => listen(byKey())));
  await append(team.tenant, 9);
  await Promise.all(streams.map((stream) => stream.count(1)));
  expect(kept).toBe(5);
  for (const stream of streams) stream.leave();
  await allGone.promise;
  rig.deps.hints = hints;
});

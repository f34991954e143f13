/** The Graph source against a Graph in memory: what it asks, what it makes of the answers. */
import { beforeEach, describe, expect, test } from "vitest";
import { graphBase, refused, ScriptedGraph } from "../../../tests/support/scripted-graph.ts";
import { systemClock, type Clock } from "../../core/clock.ts";
import type { FetchedMessage, HeadChanges, MailSource } from "../mail-source.ts";
import { createGraphSource } from "./graph-source.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} } as never;
let graph: ScriptedGraph;
let source: MailSource;
let slept: number[];
/** Time that is only told: pauses are over at once. */
let ahead: number;
const clock: Clock = {
  now: () => systemClock.now() + ahead,
  monotonic: () => systemClock.monotonic() + ahead,
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    slept.push(ms);
    ahead += ms;
  },
};
const at = (second: number): string =>
  new Date(Date.UTC(2026, 0, 1, 10, 0, second)).toISOString().replace(".000", "");
const inbox = "inbox-id";

function open(more: Partial<Parameters<typeof createGraphSource>[0]> = {}): MailSource {
  return createGraphSource({
    baseUrl: "https://graph.standin.example",
    auth: async (refusedToken) => ({ accessToken: refusedToken === undefined ? "token-1" : "token-2" }),
    fetch: graph.fetch,
    clock,
    log,
    ...more,
  });
}

beforeEach(() => {
  [graph, slept, ahead] = [new ScriptedGraph(), [], 0];
  source = open();
});

const keys = (items: readonly { key: string }[]): string[] => items.map(({ key }) => key);
async function read(ids: string[], what: "auto" | "source" | "header" = "auto"): Promise<FetchedMessage[]> {
  const found: FetchedMessage[] = [];
  for await (const one of source.fetch(inbox, "graph", ids, what)) found.push(one);
  return found;
}
const rawOf = (message: FetchedMessage | undefined): string =>
  message?.content.kind === "source"
    ? Buffer.from(message.content.raw).toString()
    : (message?.content.kind ?? "none");
const fill = (count: number): string[] => Array.from({ length: count }, (_, n) => graph.add(inbox, at(n)));
async function tailOf(head: HeadChanges, limit: number, sinceMs: number | null = null): Promise<string[]> {
  const told: string[] = [];
  let cursor: HeadChanges["cursor"] | null = head.cursor;
  for (let pages = 0; cursor !== null && pages < 100; pages += 1) {
    const page = await source.tail(inbox, cursor, { sinceMs }, limit);
    told.push(...keys(page.items));
    cursor = page.cursor;
  }
  return told;
}

describe("head and tail", () => {
  test.each([true, false])("tell every message once, newest first (filters kept: %s)", async (filters) => {
    graph.filters = filters;
    const ids = fill(23);
    const head = await source.head(inbox, null);
    expect(head).toMatchObject({ added: [], exists: 23, epochKey: "graph" });
    const later = [graph.add(inbox, at(22)), graph.add(inbox, at(40))]; // one in the same second as the newest
    expect(await tailOf(head, 5)).toEqual(ids.toReversed());
    const next = await source.head(inbox, head.cursor);
    expect(keys(next.added)).toEqual(later);
    expect((await source.head(inbox, next.cursor)).added).toEqual([]);
  });

  test("a second that is larger than a page, and removals between pages, hide nothing", async () => {
    const ids = Array.from({ length: 12 }, () => graph.add(inbox, at(1)));
    const head = await source.head(inbox, null);
    const first = await source.tail(inbox, head.cursor, { sinceMs: null }, 4);
    graph.remove(keys(first.items)[0]!);
    const rest = await tailOf({ ...head, cursor: first.cursor! }, 4);
    expect([...keys(first.items), ...rest].sort()).toEqual(ids.toSorted());
  });

  test("a range ends at its date and is counted", async () => {
    const ids = fill(10);
    const head = await source.head(inbox, null);
    const sinceMs = Date.parse(at(6));
    expect(await source.estimate(inbox, { sinceMs })).toBe(4);
    expect(await tailOf(head, 3, sinceMs)).toEqual(ids.slice(6).toReversed());
  });

  test("a large folder is listed at the second look, and what came since the first is new", async () => {
    fill(60);
    graph.pageSize = 7;
    const small = graph.fetch;
    graph.fetch = async (url, init) => {
      const response = await small(url, init);
      if (!url.includes("%24count") && !url.includes("$count")) return response;
      return Response.json({ ...((await response.json()) as object), "@odata.count": 5_000 });
    };
    source = open({ fetch: (url, init) => graph.fetch(url, init) });
    const head = await source.head(inbox, null);
    expect(head).toMatchObject({ exists: 5_000, needsLooks: true });
    const late = graph.add(inbox, at(50)); // received before the newest, filed after the look: a hole, not new
    const fresh = graph.add(inbox, at(100));
    const second = await source.head(inbox, head.cursor);
    expect(keys(second.added)).toEqual([fresh]);
    expect(keys(second.windows[0]!.items)).toContain(late);
    expect(second).toMatchObject({ exists: 62, needsLooks: false, windows: [{ from: null, to: null }] });
  });
});

describe("changes", () => {
  test("flags told in part are completed; removals and moves are named", async () => {
    const [a, b, c] = fill(3) as [string, string, string];
    graph.change(a, { flagged: true });
    const head = await source.head(inbox, null);
    graph.change(a, { isRead: true });
    graph.remove(b);
    graph.move(c, "other-id");
    const next = await source.head(inbox, head.cursor);
    expect(next.flagged).toMatchObject([{ key: a, flags: ["\\Seen", "\\Flagged"] }]);
    expect(next.added).toEqual([]);
    expect(next.vanished.sort()).toEqual([b, c].sort());
    expect(next.exists).toBe(1);
  });

  test("a change that is told whole stands in both lists; replays change nothing", async () => {
    const [a] = fill(1) as [string];
    const head = await source.head(inbox, null);
    graph.change(a, { isRead: true }, true);
    const first = await source.head(inbox, head.cursor);
    expect([keys(first.added), first.flagged]).toMatchObject([[a], [{ key: a, flags: ["\\Seen"] }]]);
    expect(await source.head(inbox, head.cursor)).toEqual({
      ...first,
      cursor: { ...first.cursor, lookedAtMs: expect.any(Number) },
    });
  });

  test("a forgotten place: listed whole under the same keys, what came since is new", async () => {
    const old = fill(5);
    const head = await source.head(inbox, null);
    const fresh = graph.add(inbox, new Date(clock.now()).toISOString().replace(/\.\d+/, ""));
    graph.remove(old[0]!);
    graph.forgottenBefore = 5;
    const next = await source.head(inbox, head.cursor);
    expect(next.restarted).toBeUndefined();
    expect(keys(next.added)).toEqual([fresh]);
    expect(keys(next.windows[0]!.items).sort()).toEqual([...old.slice(1), fresh].sort());
    expect(graph.asked.some(({ path }) => path.includes("$value"))).toBe(false);
  });

  test("a listing that was broken off by a pause goes on where it stopped", async () => {
    fill(30);
    graph.pageSize = 10;
    graph.once.push({ fits: /skiptoken=0\.20/, answer: refused(429, "TooManyRequests", "30"), times: 1 });
    await expect(source.head(inbox, null)).rejects.toMatchObject({
      code: "throttled",
      details: { retryAfterMs: 30_000 },
    });
    ahead += 31_000;
    const before = graph.asked.filter(({ path }) =>
      /delta$|skiptoken=0\.10|delta\?\$select/.test(path),
    ).length;
    expect((await source.head(inbox, null)).exists).toBe(30);
    expect(graph.asked.filter(({ path }) => /delta$|skiptoken=0\.10|delta\?\$select/.test(path)).length).toBe(
      before,
    );
  });

  test("a folder is proved again by what changed alone", async () => {
    const ids = fill(3);
    await source.listAll(inbox);
    graph.remove(ids[0]!);
    graph.change(ids[1]!, { isRead: true });
    graph.asked.length = 0;
    const { window } = await source.listAll(inbox);
    expect(window.items).toMatchObject([
      { key: ids[1], flags: ["\\Seen"] },
      { key: ids[2], flags: [] },
    ]);
    expect(graph.asked.length).toBe(1);
  });
});

describe("content", () => {
  test("comes in batches of 20, in the order that was asked for, four requests at once at most", async () => {
    const ids = fill(45);
    await source.head(inbox, null);
    graph.asked.length = 0;
    graph.most = 0;
    const messages = await read([...ids.slice(0, 44), "gone", ids[44]!]);
    expect(messages.map(({ key }) => key)).toEqual(ids);
    expect(rawOf(messages[7])).toBe(graph.messages.get(ids[7]!)!.raw);
    const requests = graph.asked.filter(({ inBatch }) => !inBatch);
    expect(requests.map(({ path }) => path)).toEqual([
      "/$batch",
      "/$batch",
      expect.stringContaining("gone"), // not listed: asked what it is
      "/$batch",
    ]);
    expect(graph.most).toBe(1);
    expect(
      graph.asked.filter(({ inBatch }) => inBatch).every(({ prefer }) => prefer.includes("ImmutableId")),
    ).toBe(true);
  });

  test("MIME that is no base64, and a server without $batch", async () => {
    const ids = fill(8);
    graph.plainMime = true;
    expect(rawOf((await read(ids))[3])).toBe(graph.messages.get(ids[3]!)!.raw);
    graph.takesBatch = false;
    source = open();
    graph.most = 0;
    expect((await read(ids)).map(({ key }) => key)).toEqual(ids);
    expect(graph.most).toBe(4);
  });

  test("within a batch: a short pause is waited for, a passing failure asked again, an expired token renewed", async () => {
    const ids = fill(6);
    await source.head(inbox, null);
    graph.once.push(
      { fits: /m2\/=\/\$value/, answer: refused(429, "ApplicationThrottled", "3"), times: 1 },
      { fits: /m3\/=\/\$value/, answer: refused(503, "ErrorServerBusy"), times: 2 },
      { fits: /m4\/=\/\$value/, answer: refused(401, "InvalidAuthenticationToken"), times: 1 },
    );
    const auth: (string | undefined)[] = [];
    source = open({
      auth: async (token) => {
        auth.push(token);
        return { accessToken: graph.token };
      },
    });
    const told = await read(ids);
    expect(told.map(rawOf)).toEqual(ids.map((id) => graph.messages.get(id)!.raw));
    expect(slept.some((ms) => ms > 2_500 && ms <= 3_000)).toBe(true);
    expect(auth).toContain("token-1");
  });

  test("a long pause is told, and holds for all that is asked of the mailbox", async () => {
    const ids = fill(3);
    graph.once.push({ fits: /\$value/, answer: refused(429, "TooManyRequests", "120"), times: 1 });
    await expect(read(ids)).rejects.toMatchObject({ code: "throttled", details: { retryAfterMs: 120_000 } });
    graph.asked.length = 0;
    await expect(source.peek([inbox])).rejects.toMatchObject({ code: "throttled" });
    expect(graph.asked).toEqual([]);
  });

  test("one message that Graph cannot give is unreadable and harms no other", async () => {
    const ids = fill(3);
    graph.once.push({
      fits: /m2\/=\/\$value/,
      answer: refused(400, "ErrorMimeContentConversionFailed"),
      times: 1,
    });
    expect((await read(ids)).map(({ content }) => content.kind)).toEqual(["source", "unreadable", "source"]);
  });

  test("large attachments wait until they are asked for", async () => {
    const big = { id: "att-1", name: "plan.pdf", size: 5_000_000, content: "octets" };
    const [small, large] = [
      graph.add(inbox, at(1), { hasAttachments: true, attachments: [{ ...big, size: 1_000 }] }),
      graph.add(inbox, at(2), { hasAttachments: true, attachments: [big] }),
    ];
    const [whole, parts] = await read([small, large]);
    expect(whole?.content.kind).toBe("source");
    expect(parts?.content).toMatchObject({
      kind: "parts",
      parts: {
        text: [{ contentType: "text/html", charset: "utf-8" }],
        attachments: [{ partPath: "att-1", filename: "plan.pdf", encoding: "binary", sizeBytes: 5_000_000 }],
      },
    });
    expect(Buffer.from(await source.fetchPart(inbox, "graph", large, "att-1")).toString()).toBe("octets");
    expect((await read([large], "source"))[0]?.content.kind).toBe("source");
  });

  test.each([
    ["told", 1],
    ["untold", 2],
    ["refused", 2],
  ] as const)(
    "what is attached is asked for where the size does not say that it is small: %s",
    async (sizes, lists) => {
      graph.sizes = sizes;
      const file = { id: "att-1", name: "plan.pdf", content: "octets" };
      graph.add(inbox, at(1), { hasAttachments: true, attachments: [{ ...file, size: 1_000 }] });
      graph.add(inbox, at(2), { hasAttachments: true, attachments: [{ ...file, size: 5_000_000 }] });
      const ids = await tailOf(await source.head(inbox, null), 10);
      graph.asked.length = 0;
      expect((await read(ids)).map(({ content }) => content.kind)).toEqual(["parts", "source"]);
      expect(graph.asked.filter(({ path }) => path.includes("/attachments")).length).toBe(lists);
    },
  );

  test("a header comes without its body", async () => {
    const [id] = fill(1) as [string];
    const [message] = await read([id], "header");
    const { header } = (message!.content as { parts: { header: Uint8Array } }).parts;
    expect(Buffer.from(header).toString()).toContain(`Message-ID: <${id}@x>\r\n`);
    expect(graph.asked.some(({ path }) => path.includes("$value"))).toBe(false);
  });
});

test("many headers come by the page, whoever stands between", async () => {
  const ids = fill(50);
  await source.head(inbox, null);
  graph.asked.length = 0;
  const wanted = ids.filter((_, n) => n % 2 === 0);
  const messages = await read([...wanted, "gone"], "header");
  expect(messages.map(({ key }) => key)).toEqual(wanted);
  expect(messages[3]?.content.kind).toBe("parts");
  expect(graph.asked.length).toBe(2); // a page, and who was not in it
});

describe("changes of ours", () => {
  const intent = { folderPath: inbox, epochKey: "graph" };

  test("flags in one batch; who is not there is named", async () => {
    const [a, b] = fill(2) as [string, string];
    const change = {
      ...intent,
      kind: "flags" as const,
      keys: [a, "gone", b],
      add: ["\\Seen"],
      remove: ["\\Flagged"],
    };
    expect(await source.apply(change)).toEqual({ done: [a, b], missing: ["gone"], moved: [] });
    expect(graph.messages.get(a)?.isRead).toBe(true);
    expect(graph.asked.filter(({ inBatch }) => !inBatch).length).toBe(1);
  });

  test("a moved message keeps its key; a target that is not there is told from a missing message", async () => {
    const [a] = fill(1) as [string];
    const move = { ...intent, kind: "move" as const, keys: [a, "gone"], targetPath: "other-id" };
    expect(await source.apply(move)).toEqual({
      done: [a],
      missing: ["gone"],
      moved: [{ from: a, to: a, epochKey: "graph" }],
    });
    await expect(source.apply({ ...move, targetPath: "nowhere" })).rejects.toMatchObject({
      code: "folder_unavailable",
    });
  });
});

const endless = (): ReadableStream =>
  new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1024 * 1024)) });

describe("the server", () => {
  test("a refused token is renewed once; a second refusal is told with its line", async () => {
    graph.token = "token-2";
    await source.connect();
    graph.token = "token-3";
    await expect(source.connect()).rejects.toMatchObject({
      code: "auth_failed",
      details: {
        reason: "token_refused",
        response: "401 InvalidAuthenticationToken: InvalidAuthenticationToken it is",
      },
    });
  });

  test.each([
    [404, "MailboxNotEnabledForRESTAPI", "not_connected", "no_mailbox"],
    [403, "ErrorAccessDenied", "auth_failed", "access_denied"],
    [404, "ResourceNotFound", "not_connected", "user_unknown"],
    [502, "BadGateway", "connection_lost", "passing"],
  ])("%i %s", async (status, code, known, reason) => {
    graph.once.push({ fits: /inbox/, answer: refused(status, code), times: 9 });
    await expect(source.connect()).rejects.toMatchObject({ code: known, details: { reason } });
  });

  test.each<[string, string | null, string]>([
    ["a page", "<html>hotel wifi</html>", "not_json"],
    ["a torn answer", '{"value":[', "not_json"],
    ["another answer", '{"values":[]}', "schema"],
    ["an endless one", null, "limit"],
  ])("%s is named as what it is", async (_what, body, reason) => {
    source = open({ fetch: async () => new Response(body ?? endless(), { status: 200 }) });
    await expect(source.head(inbox, null)).rejects.toMatchObject({
      code: "protocol_error",
      details: { reason },
    });
  });

  test("a link to another server is not followed: the token would go with it", async () => {
    const asked: string[] = [];
    const next = { value: [], "@odata.nextLink": "https://evil.example/v1.0/next" };
    const last = { value: [], "@odata.deltaLink": `${graphBase}/last` }; // who follows comes to an end
    source = open({
      fetch: async (url) => {
        asked.push(url);
        return Response.json(asked.length > 3 ? last : next);
      },
    });
    await expect(source.listFolders()).rejects.toMatchObject({ code: "protocol_error" });
    expect(asked.every((url) => url.startsWith(graphBase))).toBe(true);
  });

  test("a silent server is given up", async () => {
    source = open({
      requestMs: 20,
      fetch: (_url, init) =>
        new Promise((_, reject) =>
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)),
        ),
    });
    await expect(source.connect()).rejects.toMatchObject({ code: "network_timeout" });
  });

  test("folders have the roles of their well-known names", async () => {
    graph.add(inbox, at(1));
    const folders = await source.listFolders({ counts: true });
    expect(folders.map(({ path, role, messages }) => [path, role, messages])).toEqual([
      ["inbox-id", "inbox", 1],
      ["sent-id", "sent", 0],
      ["other-id", null, 0],
    ]);
  });
});

/**
 * A mailbox of 10,000 messages over Microsoft Graph, as the sandbox speaks it, each of its answers 20 ms late: requests and
 * time of the import, of a round that finds nothing, and the way of a notification to the browser's event. The sandbox counts
 * as Microsoft does (each request within a batch for itself); to pass its limits is a failure of the bench. Where our gate waits
 * for the ten minutes' budget, both clocks are put forward instead, and that time counts.
 */
import { systemClock, type Clock } from "../src/core/clock.ts";
import { createGraphSource } from "../src/protocol/graph/graph-source.ts";
import type { MailSource } from "../src/protocol/mail-source.ts";
import { createParsePool } from "../src/protocol/mime/pool.ts";
import { readEvents } from "../tests/support/event-reader.ts";
import { openGraphMailbox } from "../tests/support/graph-mailbox.ts";
import { startGraphServer, type GraphPerson, type GraphServer } from "../tests/support/graph-server.ts";
import { silentLog } from "../tests/support/silent-log.ts";
import { quantile, type Bench, type BenchOptions, type Figure } from "./frame.ts";
import { benchMessage } from "./support/mail.ts";
import { openSyncDesk } from "./support/sync-desk.ts";

const messages = 10_000;
const lateMs = 20;
const notified = 100;
/** Between two deliveries; no multiple of any delay of ours. */
const gapMs = 170;
/** Longer waits are those for the budget. */
const jumpMs = 5_000;
const subject = "Hitchpost over Graph";

export const graph: Bench = {
  name: "graph",
  about: "a mailbox over Microsoft Graph: import, a quiet round, notifications; within Microsoft's limits",
  needs: {},
  async run(options) {
    const time = jumpingTime();
    const server = await startGraphServer(time.now);
    try {
      return [...(await measureImport(server, time.clock, options)), ...(await measureNews(server, options))];
    } finally {
      await server.stop();
    }
  },
};

/** Time in which nobody waits long: it is put forward. */
function jumpingTime(): { clock: Clock; now: () => number } {
  let aheadMs = 0;
  const now = (): number => systemClock.now() + aheadMs;
  return {
    now,
    clock: {
      now,
      monotonic: () => systemClock.monotonic() + aheadMs,
      async sleep(ms, signal) {
        if (ms <= jumpMs) return systemClock.sleep(ms, signal);
        aheadMs += ms;
      },
    },
  };
}

const late = (server: GraphServer, { mailboxId }: GraphPerson): void =>
  server.graph.context.faults.add(mailboxId, {
    kind: "delay",
    until: null,
    times: null,
    probability: 1,
    retryAfterSeconds: null,
    ms: lateMs,
    after: 0,
  });

const figure = (measure: string, value: number, unit: string, most?: number): Figure => ({
  subject,
  measure,
  value,
  unit,
  ...(most !== undefined && { reach: { at: "most", value: most } }),
});

function fill(server: GraphServer, { mailboxId, address }: GraphPerson): void {
  const { store } = server;
  const folder = store.folders.byRole(mailboxId, "inbox").id;
  const startMs = Date.UTC(2026, 0, 1);
  store.transaction(() => {
    for (let n = messages - 1; n >= 0; n -= 1)
      store.messages.append(folder, {
        raw: Buffer.from(benchMessage(n, address, startMs).raw),
        flags: n % 3 === 0 ? [] : ["\\Seen"],
        internalDate: startMs - n * 1_800_000,
      });
  });
}

async function measureImport(server: GraphServer, clock: Clock, { say }: BenchOptions): Promise<Figure[]> {
  const person = server.person();
  say(`filing ${messages} messages …`);
  fill(server, person);
  late(server, person);
  const desk = await openSyncDesk("graph");
  const source = createGraphSource({
    baseUrl: server.url,
    auth: async () => ({ accessToken: person.token }),
    fetch: globalThis.fetch,
    clock,
    log: silentLog,
  });
  try {
    say("importing …");
    const inbox = (await source.listFolders()).find(({ role }) => role === "inbox")!.path;
    server.store.traffic.reset(person.mailboxId);
    const [begunAt, begunReal] = [clock.monotonic(), systemClock.monotonic()];
    await desk.importFolder(source, inbox);
    const seconds = (clock.monotonic() - begunAt) / 1_000;
    const realSeconds = (systemClock.monotonic() - begunReal) / 1_000;
    const quiet = await measureQuiet(server, person, { desk, source, inbox });
    const counts = quiet.before;
    const asked = counts.requests + counts.subRequests;
    return [
      figure("requests per 1,000 messages, those within batches counted", (asked * 1_000) / messages, ""),
      // One of MIME a message, and its place in a page of a thousand, twice: by date, and for the delta.
      figure(
        "… against the least that MIME allows",
        asked / (messages + 2 * Math.ceil(messages / 1_000)),
        "×",
        1.25,
      ),
      figure("HTTP requests per 1,000 messages", (counts.requests * 1_000) / messages, ""),
      {
        ...figure(
          "messages per second, without waiting for the budget",
          messages / realSeconds,
          "messages/s",
        ),
      },
      figure("messages per second, with it", messages / seconds, "messages/s"),
      figure("most requests at once", counts.mostAtOnce, "", 4),
      figure("most requests in ten minutes", counts.mostInTenMinutes, "", 10_000),
      figure("refused for Microsoft's limits", counts.overLimit, "", 0),
      ...quiet.figures,
    ];
  } finally {
    await source.close();
    await desk.close();
  }
}

interface Quiet {
  desk: Awaited<ReturnType<typeof openSyncDesk>>;
  source: MailSource;
  inbox: string;
}

async function measureQuiet(server: GraphServer, { mailboxId }: GraphPerson, { desk, source, inbox }: Quiet) {
  const { traffic } = server.store;
  await desk.look(source, inbox); // the folder's delta begins here, whole
  const before = traffic.read(mailboxId);
  traffic.reset(mailboxId);
  await desk.look(source, inbox);
  const { requests, subRequests, bytesOut } = traffic.read(mailboxId);
  const figures = [
    figure("requests of a round that finds nothing", requests + subRequests, "", 1),
    figure("… and bytes", bytesOut, "bytes", 1_000),
  ];
  return { before, figures };
}

async function measureNews(server: GraphServer, { say }: BenchOptions): Promise<Figure[]> {
  const person = server.person();
  const parser = createParsePool({ size: 2, log: silentLog });
  const live = await openGraphMailbox({ server, person, parser, faster: 1 });
  try {
    late(server, person);
    while (server.graph.context.subscriptions.of(person.mailboxId).length === 0) await systemClock.sleep(20);
    say(`${notified} notifications …`);
    const reader = readEvents(live.rig.url, live.team.keys.owner);
    const delays: number[] = [];
    const folder = server.store.folders.byRole(person.mailboxId, "inbox").id;
    for (let n = 0; n < notified; n += 1) {
      const raw = Buffer.from(benchMessage(n, person.address, server.graph.context.now()).raw);
      const from = reader.events.length;
      const at = performance.now();
      server.store.messages.append(folder, { raw, flags: [], internalDate: server.graph.context.now() });
      while (!reader.events.slice(from).some(({ type }) => type === "message.created")) {
        if (performance.now() - at > 60_000)
          throw new Error("no event came of a notification within a minute");
        await systemClock.sleep(5);
      }
      delays.push(reader.events.slice(from).find(({ type }) => type === "message.created")!.at - at);
      await systemClock.sleep(gapMs);
    }
    await reader.stop();
    return [
      figure("delivery → notification → browser's event, p50", quantile(delays, 0.5), "ms"),
      figure("… p99", quantile(delays, 0.99), "ms"),
    ];
  } finally {
    await live.close();
    await parser.close();
  }
}

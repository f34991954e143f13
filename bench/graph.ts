/**
 * A mailbox of 10,000 messages over Microsoft Graph, as the sandbox speaks it, each of its answers 20 ms late: requests and
 * time of the import, of a round that finds nothing, and of mail that a notification tells of. The sandbox counts
 * as Microsoft does (each request within a batch for itself); to pass its limits is a failure of the bench. Where our gate waits
 * for the ten minutes' budget, both clocks are put forward instead, and that time counts.
 */
import { systemClock, type Clock } from "../src/core/clock.ts";
import { createGraphSource } from "../src/protocol/graph/graph-source.ts";
import type { MailSource } from "../src/protocol/mail-source.ts";
import type { TrafficCounts } from "../sandbox/mail/traffic.ts";
import type { GraphPerson } from "../tests/support/graph-server.ts";
import { silentLog } from "../tests/support/silent-log.ts";
import type { Bench, BenchOptions, Figure } from "./frame.ts";
import { measurePush } from "./graph-push.ts";
import { startGraphSandbox, type GraphSandbox } from "./support/graph-sandbox.ts";
import { openSyncDesk } from "./support/sync-desk.ts";

const messages = 10_000;
const lateMs = 20;
/** Longer waits are those for the budget. */
const jumpMs = 5_000;
const subject = "Hitchpost over Graph";

export const graph: Bench = {
  name: "graph",
  about:
    "a mailbox over Microsoft Graph: import, a quiet round, from notification to event, within Microsoft's limits",
  needs: {},
  async run(options) {
    const pushed = await measurePush(lateMs, options);
    const server = await startGraphSandbox();
    try {
      return [...(await measureImport(server, jumpingClock(server), options)), ...pushed];
    } finally {
      await server.stop();
    }
  },
};

/** In its time nobody waits long: it is put forward, here and there. */
function jumpingClock(server: GraphSandbox): Clock {
  let aheadMs = 0;
  return {
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
    async sleep(ms, signal) {
      if (ms <= jumpMs) return systemClock.sleep(ms, signal);
      await server.forward(ms);
      signal?.throwIfAborted();
      aheadMs += ms;
    },
  };
}

const figure = (measure: string, value: number, unit: string, most?: number): Figure => ({
  subject,
  measure,
  value,
  unit,
  ...(most !== undefined && { reach: { at: "most", value: most } }),
});

async function measureImport(server: GraphSandbox, clock: Clock, { say }: BenchOptions): Promise<Figure[]> {
  const person = await server.person();
  say(`filing ${messages} messages …`);
  await server.fill(person, messages);
  await server.late(person, lateMs);
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
    await server.resetTraffic(person);
    const [begunAt, begunReal] = [clock.monotonic(), systemClock.monotonic()];
    await desk.importFolder(source, inbox);
    const seconds = (clock.monotonic() - begunAt) / 1_000;
    const realSeconds = (systemClock.monotonic() - begunReal) / 1_000;
    const quiet = await measureQuiet(server, person, { desk, source, inbox });
    const counts = quiet.before;
    const asked = counts.requests + counts.subRequests;
    return [
      figure("requests per 1,000 messages, those within batches counted", (asked * 1_000) / messages, ""),
      ...byKind(counts),
      // One of MIME a message, and its place in a page of a thousand, twice: by date, and for the delta.
      figure(
        "… against the least that MIME allows",
        asked / (messages + 2 * Math.ceil(messages / 1_000)),
        "×",
        1.25,
      ),
      figure("HTTP requests per 1,000 messages", ((counts.requests + counts.batches) * 1_000) / messages, ""),
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

/** What was asked, told for comparison. */
const byKind = (counts: TrafficCounts): Figure[] =>
  Object.entries(counts.byKind)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => figure(`… of them ${kind}`, (count * 1_000) / messages, ""));

interface Quiet {
  desk: Awaited<ReturnType<typeof openSyncDesk>>;
  source: MailSource;
  inbox: string;
}

async function measureQuiet(server: GraphSandbox, person: GraphPerson, { desk, source, inbox }: Quiet) {
  await desk.look(source, inbox); // the folder's delta begins here, whole
  const before = await server.traffic(person);
  await server.resetTraffic(person);
  await desk.look(source, inbox);
  const { requests, subRequests, bytesOut } = await server.traffic(person);
  const figures = [
    figure("requests of a round that finds nothing", requests + subRequests, "", 1),
    figure("… and bytes", bytesOut, "bytes", 1_000),
  ];
  return { before, figures };
}

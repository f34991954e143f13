/**
 * A mailbox's first sync from a real Dovecot on the same machine: 10,000 varied messages, about 330 MB. Hitchpost ends with
 * every message parsed, threaded, committed and searchable; mbsync with files in a Maildir; notmuch adds their index.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import { startDovecot, type Dovecot } from "../tests/support/dovecot.ts";
import { median, type Bench, type BenchOptions, type Figure } from "./frame.ts";
import { startHitchpost, type SyncRun } from "./support/hitchpost.ts";
import { benchMessage } from "./support/mail.ts";
import { mbsync, notmuchNew, offlineimap, type PeerRun } from "./support/peers.ts";

const count = 10_000;
const user = "well";
const password = "secret";

export const firstSync: Bench = {
  name: "first-sync",
  about: "10,000 messages, 330 MB, from Dovecot on the same machine",
  needs: {
    "dovecot-imapd": ["/usr/sbin/dovecot"],
    isync: ["/usr/bin/mbsync"],
    notmuch: ["/usr/bin/notmuch"],
    offlineimap3: ["/usr/bin/offlineimap"],
  },
  async run(options) {
    const dovecot = await startDovecot({ users: { [user]: password } });
    try {
      options.say(`delivering ${count} messages …`);
      const bytes = await fill(dovecot);
      await warm(dovecot);
      return [
        { subject: "mailbox", measure: "size", value: bytes / 1e6, unit: "MB" },
        ...(await compare(dovecot, options)),
      ];
    } finally {
      await dovecot.stop();
    }
  },
};

async function fill(dovecot: Dovecot): Promise<number> {
  let bytes = 0;
  const startMs = Date.UTC(2026, 9, 1);
  for (let n = count - 1; n >= 0; n--) {
    const { raw, seen } = benchMessage(n, "well@bench.example", startMs);
    bytes += raw.length;
    await dovecot.deliver(user, n % 10 === 9 ? "Sent" : "", raw, seen ? "S" : "");
  }
  return bytes;
}

/**
 * Dovecot's own indexes are made before anybody is measured: they are the server's, and made once. What was delivered is on the
 * disk by then, too: else the kernel writes it beside the one that is measured first.
 */
async function warm(dovecot: Dovecot): Promise<void> {
  const auth = { user, pass: password };
  const client = new ImapFlow({
    host: "127.0.0.1",
    port: dovecot.port,
    doSTARTTLS: false,
    auth,
    logger: false,
  });
  await client.connect();
  for (const folder of ["INBOX", "Sent"]) {
    await client.mailboxOpen(folder, { readOnly: true });
    const asked = { uid: true, size: true, envelope: true, bodyStructure: true, internalDate: true };
    for await (const message of client.fetch("1:*", asked)) void message;
  }
  await client.logout();
  execFileSync("sync");
}

interface Round {
  demand: SyncRun;
  raw: SyncRun;
  fsync: PeerRun;
  unsynced: PeerRun;
  notmuch: PeerRun;
}

async function compare(dovecot: Dovecot, { rounds, say }: BenchOptions): Promise<Figure[]> {
  const all: Round[] = [];
  for (let n = 1; n <= rounds; n++) {
    say(`round ${n} of ${rounds}`);
    all.push(await oneRound(dovecot, say));
  }
  say("offlineimap, once …");
  const offline = await inDirectory((directory) => offlineimap(directory, serverOf(dovecot)));
  return [...figuresOf(all), ...peerFigures("offlineimap", [offline])];
}

/** What is compared runs turn by turn, so that a change of the machine's mood meets all of them. */
async function oneRound(dovecot: Dovecot, say: (text: string) => void): Promise<Round> {
  const server = serverOf(dovecot);
  const demand = await hitchpost(dovecot, false);
  say(`  Hitchpost, attachments on demand: ${told(demand)}`);
  const fsync = await inDirectory((directory) => mbsync(directory, server, { fsync: true }));
  say(`  mbsync with fsync: ${fsync.seconds.toFixed(1)} s`);
  const raw = await hitchpost(dovecot, true);
  say(`  Hitchpost, raw mail kept: ${told(raw)}`);
  const [unsynced, notmuch] = await inDirectory(async (directory) => [
    await mbsync(directory, server, { fsync: false }),
    await notmuchNew(directory),
  ]);
  say(
    `  mbsync without fsync: ${unsynced.seconds.toFixed(1)} s, notmuch new: ${notmuch.seconds.toFixed(1)} s`,
  );
  return { demand, raw, fsync, unsynced, notmuch };
}

const told = ({ liveSeconds, searchableSeconds }: SyncRun): string =>
  `${liveSeconds.toFixed(1)} s, searchable after ${searchableSeconds.toFixed(1)} s`;

async function hitchpost(dovecot: Dovecot, keepRaw: boolean): Promise<SyncRun> {
  const product = await startHitchpost();
  try {
    return await product.firstSync({ port: dovecot.port, user, password, keepRaw, messages: count });
  } finally {
    await product.stop();
  }
}

const serverOf = ({ port }: Dovecot) => ({ port, user, password });

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "hitchpost-bench-"));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function peerFigures(subject: string, runs: readonly PeerRun[]): Figure[] {
  const seconds = median(runs.map((run) => run.seconds));
  return [
    { subject, measure: "time", value: seconds, unit: "s" },
    { subject, measure: "messages per second", value: count / seconds, unit: "messages/s" },
    { subject, measure: "processor time", value: median(runs.map((run) => run.cpuSeconds)), unit: "s" },
    { subject, measure: "peak memory", value: Math.max(...runs.map((run) => run.peakMb)), unit: "MB" },
  ];
}

function ownFigures(subject: string, runs: readonly SyncRun[]): Figure[] {
  const of = (pick: (run: SyncRun) => number): number => median(runs.map(pick));
  const seconds = of((run) => run.liveSeconds);
  return [
    { subject, measure: "time", value: seconds, unit: "s" },
    { subject, measure: "messages per second", value: count / seconds, unit: "messages/s" },
    { subject, measure: "processor time", value: of((run) => run.own.cpuSeconds), unit: "s" },
    {
      subject,
      measure: "processor time of PostgreSQL",
      value: of((run) => run.postgres.cpuSeconds),
      unit: "s",
    },
    {
      subject,
      measure: "peak memory, without PostgreSQL",
      value: Math.max(...runs.map((run) => run.own.peakMb)),
      unit: "MB",
      reach: { at: "most", value: 500 },
    },
    {
      subject,
      measure: "time to the first conversation",
      value: of((run) => run.firstSeconds),
      unit: "s",
      reach: { at: "most", value: 1 },
    },
    {
      subject,
      measure: "searchable after the end",
      value: of((run) => run.searchableSeconds - run.liveSeconds),
      unit: "s",
      reach: { at: "most", value: 5 },
    },
  ];
}

const ratio = (
  subject: string,
  measure: string,
  pairs: readonly (readonly [peer: number, own: number])[],
  least: number,
): Figure => ({
  subject,
  measure,
  value: median(pairs.map(([peer, own]) => peer / own)),
  unit: "×",
  reach: { at: "least", value: least },
});

function figuresOf(all: readonly Round[]): Figure[] {
  const [onDemand, keptRaw] = ["Hitchpost, on demand", "Hitchpost, raw mail kept"];
  return [
    ratio(
      onDemand,
      "speed against mbsync with fsync",
      all.map((r) => [r.fsync.seconds, r.demand.liveSeconds]),
      1.8,
    ),
    ratio(
      onDemand,
      "speed until searchable against mbsync and notmuch new",
      all.map((r) => [r.fsync.seconds + r.notmuch.seconds, r.demand.searchableSeconds]),
      3,
    ),
    ratio(
      keptRaw,
      "speed against mbsync with fsync",
      all.map((r) => [r.fsync.seconds, r.raw.liveSeconds]),
      1,
    ),
    ...ownFigures(
      onDemand,
      all.map((r) => r.demand),
    ),
    ...ownFigures(
      keptRaw,
      all.map((r) => r.raw),
    ),
    ...peerFigures(
      "mbsync with fsync",
      all.map((r) => r.fsync),
    ),
    ...peerFigures(
      "mbsync without fsync",
      all.map((r) => r.unsynced),
    ),
    ...peerFigures(
      "notmuch new",
      all.map((r) => r.notmuch),
    ),
  ];
}

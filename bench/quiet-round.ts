/**
 * What a look costs that finds nothing new, in a folder of 100,000 messages: at a server that names what changed (QRESYNC),
 * at one that names changed flags (CONDSTORE), and at one that names nothing (as Outlook), where the newest 1,000 messages
 * are compared at each look, and the older ones in slices that cover the folder within ten minutes.
 */
import { rename, rm } from "node:fs/promises";
import { ImapFlow } from "imapflow";
import { systemClock } from "../src/core/clock.ts";
import { createImapSource } from "../src/protocol/imap/imap-source.ts";
import type { MailSource } from "../src/protocol/mail-source.ts";
import { createDialer } from "../src/protocol/net/dialer.ts";
import { startDovecot, type Dovecot } from "../tests/support/dovecot.ts";
import { silentLog } from "../tests/support/silent-log.ts";
import { median, type Bench, type BenchOptions, type Figure } from "./frame.ts";
import { openSyncDesk, type SyncDesk } from "./support/sync-desk.ts";

const count = 100_000;
const user = "well";
const password = "secret";
const looks = 20;
/** Between two looks at a folder, as the live part has it on servers that name nothing. */
const lookEveryMs = 60_000;
const warmMs = 15 * 60_000;
const coverMs = 10 * 60_000;
const poor = "IMAP4rev1 LITERAL+ SASL-IR IDLE NAMESPACE UIDPLUS CHILDREN UNSELECT MOVE ID";

const servers = [
  { name: "QRESYNC", capability: `${poor} ENABLE CONDSTORE QRESYNC`, most: null },
  { name: "CONDSTORE", capability: `${poor} ENABLE CONDSTORE`, most: 10 },
  { name: "neither", capability: poor, most: 50 },
];

export const quietRound: Bench = {
  name: "quiet-round",
  about: "a look that finds nothing new in a folder of 100,000 messages",
  needs: { "dovecot-imapd": ["/usr/sbin/dovecot"] },
  async run(options) {
    const desk = await openSyncDesk();
    let before: Dovecot | null = null;
    try {
      const figures: Figure[] = [];
      for (const { name, capability, most } of servers) {
        const dovecot = await startDovecot({ imapCapability: capability, users: { [user]: password } });
        try {
          await bringMail(dovecot, before, options);
        } finally {
          await before?.stop();
          before = dovecot;
        }
        await warm(dovecot);
        const source = sourceOf(dovecot);
        try {
          if (name === servers[0]!.name) await importAll(desk, source, options);
          figures.push(...(await measure(desk, source, { name, most, ...options })));
        } finally {
          await source.source.close();
        }
      }
      return figures;
    } finally {
      await before?.stop();
      await desk.close();
    }
  },
};

/** The same folder, with its UIDs, at one server after the other. */
async function bringMail(dovecot: Dovecot, before: Dovecot | null, { say }: BenchOptions): Promise<void> {
  if (before !== null) {
    await before.halt();
    await rm(dovecot.maildir(user), { recursive: true, force: true });
    await rename(before.maildir(user), dovecot.maildir(user));
    return;
  }
  say(`delivering ${count} messages …`);
  for (let n = 0; n < count; n++) await dovecot.deliver(user, "", message(n), n % 3 === 0 ? "" : "S");
}

const message = (n: number): string =>
  [
    `From: person${n % 911}@shop.example`,
    `To: ${user}@bench.example`,
    `Subject: Order ${n}`,
    `Date: ${new Date(Date.UTC(2026, 0, 1) + n * 60_000).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <quiet-${n}@shop.example>`,
    "",
    `The order ${n} is on its way.`,
    "",
  ].join("\r\n");

/** A source by whose clock time passes when it is told to. */
interface TimedSource {
  source: MailSource;
  pass(ms: number): void;
}

function sourceOf(dovecot: Dovecot): TimedSource {
  let passed = 0;
  const source = createImapSource({
    server: { host: "127.0.0.1", port: dovecot.port, security: "none" },
    auth: async () => ({ user, pass: password }),
    dialer: createDialer({ allowPrivateHosts: true }),
    clock: { ...systemClock, now: () => systemClock.now() + passed },
    log: silentLog,
  });
  return { source, pass: (ms) => void (passed += ms) };
}

/** Dovecot's own index of 100,000 files takes its time, and is made once. */
async function warm({ port }: Dovecot): Promise<void> {
  const auth = { user, pass: password };
  const client = new ImapFlow({
    host: "127.0.0.1",
    port,
    doSTARTTLS: false,
    auth,
    logger: false,
    socketTimeout: warmMs,
  });
  await client.connect();
  await client.mailboxOpen("INBOX", { readOnly: true });
  await client.logout();
}

async function importAll(desk: SyncDesk, { source }: TimedSource, { say }: BenchOptions): Promise<void> {
  say(`importing ${count} messages …`);
  await desk.importFolder(source, "INBOX");
}

interface Case extends BenchOptions {
  name: string;
  most: number | null;
}

async function measure(desk: SyncDesk, timed: TimedSource, { name, most, say }: Case): Promise<Figure[]> {
  const { source } = timed;
  await desk.look(source, "INBOX"); // opens the connection and makes Dovecot's index
  const newest: Cost[] = [];
  for (let n = 0; n < looks; n++) newest.push(await quietLook(desk, source));
  say(`${name}: ${median(newest.map((one) => one.cpuMs)).toFixed(1)} ms of our processor time a look`);
  const subject = `Hitchpost, ${name}`;
  const figures: Figure[] = [
    {
      subject,
      measure: "processor time of ours a look",
      value: median(newest.map((one) => one.cpuMs)),
      unit: "ms",
      ...(most !== null && { reach: { at: "most", value: most } as const }),
    },
    { subject, measure: "time of a look", value: median(newest.map((one) => one.ms)), unit: "ms" },
  ];
  return name === "neither" ? [...figures, ...(await coverFolder(desk, timed, subject))] : figures;
}

interface Cost {
  ms: number;
  /** Of this process. */
  cpuMs: number;
}

/** @throws Error when something was found: then the folder was not quiet */
async function quietLook(desk: SyncDesk, source: MailSource): Promise<Cost> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  const { added, removed, flagged } = await desk.look(source, "INBOX");
  const { user: ours, system } = process.cpuUsage(used);
  if (added + removed + flagged > 0) throw new Error("the folder was not quiet");
  return { ms: performance.now() - began, cpuMs: (ours + system) / 1_000 };
}

/** Looks as the live part does, until every message was compared once. */
async function coverFolder(
  desk: SyncDesk,
  { source, pass }: TimedSource,
  subject: string,
): Promise<Figure[]> {
  const rotation = async (): Promise<unknown> => (await desk.folder("INBOX")).headCursor?.["rotation"];
  const costs: Cost[] = [];
  // From wherever the looks before have come to: once to the end, then the whole folder.
  while ((await rotation()) !== null) await lookLater();
  do costs.push(await lookLater());
  while ((await rotation()) !== null);
  async function lookLater(): Promise<Cost> {
    pass(lookEveryMs);
    return quietLook(desk, source);
  }
  return [
    {
      subject,
      measure: `the whole folder, with a look every ${lookEveryMs / 1_000} s`,
      value: (costs.length * lookEveryMs) / 1_000,
      unit: "s",
      reach: { at: "most", value: coverMs / 1_000 },
    },
    {
      subject,
      measure: "processor time of ours for the whole folder",
      value: costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1_000,
      unit: "s",
    },
  ];
}

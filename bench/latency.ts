/**
 * What Hitchpost adds to the delay of new mail, while another mailbox is being imported: the event that a browser gets
 * (`/v1/events`) minus the push that a bare client of the same server sees at the same mailbox. Dovecot holds its pushes
 * back by half a second: that is not ours. Its half seconds begin for each session at another time where it tells of other folders
 * (NOTIFY): so the same is measured from the push to Hitchpost's own connection too, on a wire between the two. Where nothing is
 * pushed, the whole delay from the delivery on counts.
 */
import { symlink } from "node:fs/promises";
import { ImapFlow } from "imapflow";
import { z } from "zod";
import { startDovecot, type Dovecot } from "../tests/support/dovecot.ts";
import { readEvents, type EventReader } from "../tests/support/event-reader.ts";
import { quantile, type Bench, type BenchOptions, type Figure } from "./frame.ts";
import { idleBarely } from "./support/bare-imap.ts";
import { mailboxInput, mailboxesIn, startHitchpost, type Hitchpost } from "./support/hitchpost.ts";
import { benchMessage } from "./support/mail.ts";
import { relayTo } from "./support/relay.ts";

const samples = 200;
const imported = 4_000;
const mailboxSchema = z.object({ id: z.string(), state: z.string() });
const password = "secret";
/** Between two deliveries, each to another of the mailboxes; no multiple of any delay of ours. */
const gapMs = 230;
const lastWaitMs = 120_000;

interface Watched {
  user: string;
  folder: string;
  dovecot: Dovecot;
  /** What the reference saw, in order; null: nothing is pushed, the delivery counts. */
  pushes: Push[] | null;
  /** What the server told Hitchpost. */
  told: Push[];
  /** Messages delivered so far. */
  delivered: number;
  /**
   * Another client of the mailbox, which files the messages. Dovecot tells NOTIFY of what went through it, not of files that
   * were put into a Maildir.
   */
  other: ImapFlow;
}

/** So many messages are in the folder, and when that was told. */
interface Push {
  count: number;
  at: number;
}

interface Sample {
  watched: Watched;
  subject: string;
  deliveredAt: number;
  /** Its place in the folder, from 1. */
  place: number;
}

export const latency: Bench = {
  name: "latency",
  about: "from the server's push to the browser's event, while another mailbox is imported",
  needs: { "dovecot-imapd": ["/usr/sbin/dovecot"] },
  async run(options) {
    const full = await startDovecot({ maxConnections: 1_000 });
    const poor = await startDovecot({ hideCondstore: true });
    const product = await startHitchpost();
    const closing: (() => unknown)[] = [];
    try {
      return await measure({ full, poor, product, closing, ...options });
    } finally {
      for (const close of closing) await close();
      await product.stop();
      await poor.stop();
      await full.stop();
    }
  },
};

interface Parts extends BenchOptions {
  full: Dovecot;
  poor: Dovecot;
  product: Hitchpost;
  closing: (() => unknown)[];
}

async function measure(parts: Parts): Promise<Figure[]> {
  const { full, poor, product, closing, say } = parts;
  say(`delivering ${imported} messages for the import beside …`);
  await fill(full);
  const watched = [
    await begin(parts, { user: "inbox", folder: "INBOX", dovecot: full, pushes: [] }),
    await begin(parts, { user: "notify", folder: "Sent", dovecot: full, pushes: [] }),
    await begin(parts, { user: "status", folder: "Sent", dovecot: poor, pushes: null }),
  ];
  const automatic: Push[] = [];
  closing.push(await idleAutomatically(full, automatic));
  const events = readEvents(product.product.url, product.apiKey);
  closing.push(() => events.stop());
  await rest(2_000);
  say(`alone: ${samples} messages to each of ${watched.length} folders …`);
  const alone = await play(watched, events, automatic);
  say("the same beside an import …");
  const stop = keepImporting(parts);
  closing.push(stop);
  await rest(3_000);
  const busy = await play(watched, events, automatic);
  const imports = await stop();
  say(`${imports} mailboxes of ${imported} messages were imported meanwhile`);
  return [...figuresOf("alone", alone, false), ...figuresOf("beside an import", busy, true)];
}

async function fill(dovecot: Dovecot): Promise<void> {
  await dovecot.addUser("bulk", password);
  for (let n = imported - 1; n >= 0; n--)
    await dovecot.deliver("bulk", "", benchMessage(n, "bulk@bench.example", Date.UTC(2026, 9, 1)).raw, "S");
}

const rest = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

const loginOf = (dovecot: Dovecot, user: string) =>
  ({
    host: "127.0.0.1",
    port: dovecot.port,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
  }) as const;

/** Connects the mailbox and, where the server pushes, the bare client beside it. */
async function begin(
  { product, closing }: Parts,
  wanted: Omit<Watched, "delivered" | "other" | "told">,
): Promise<Watched> {
  const { user, folder, dovecot, pushes } = wanted;
  await dovecot.addUser(user, password);
  const other = new ImapFlow(loginOf(dovecot, user));
  await other.connect();
  closing.push(() => other.close());
  await other.append(folder, "From: a@shop.example\r\nSubject: first\r\n\r\nFirst.\r\n", ["\\Seen"]);
  const watched: Watched = { ...wanted, other, delivered: 1, told: [] };
  const wire = await relayTo(dovecot.port, noteCounts(folder, watched.told));
  closing.push(() => wire.close());
  const input = mailboxInput({ port: wire.port, user, password, keepRaw: false });
  await product.api.call("POST", "/v1/mailboxes", input);
  await mailboxesIn(product.api, (all) =>
    all.some((one) => one.address === input.address && one.state === "live" && one.messages >= 1),
  );
  if (pushes === null) return watched;
  const notify =
    'NOTIFY SET (selected (MessageNew MessageExpunge)) (mailboxes "Sent" (MessageNew MessageExpunge))';
  const client = await idleBarely({
    port: dovecot.port,
    user,
    password,
    commands: ["EXAMINE INBOX", ...(folder === "INBOX" ? [] : [notify])],
    onLine: noteCounts(folder, pushes),
  });
  closing.push(() => client.close());
  return watched;
}

/** Takes the lines of a server, and notes how many messages it tells of. */
function noteCounts(folder: string, counts: Push[]): (line: string, at: number) => void {
  const told = folder === "INBOX" ? /^\* (\d+) EXISTS/ : /^\* STATUS "?Sent"? \(.*MESSAGES (\d+)/;
  return (line, at) => {
    const count = told.exec(line)?.[1];
    if (count !== undefined) counts.push({ count: Number(count), at });
  };
}

/** The library's own way, for comparison: it idles by itself 15 s after a command, and reads what is new. */
async function idleAutomatically(dovecot: Dovecot, seen: Push[]): Promise<() => void> {
  const client = new ImapFlow(loginOf(dovecot, "inbox"));
  await client.connect();
  await client.mailboxOpen("INBOX", { readOnly: true });
  client.on("exists", ({ count }) => {
    void client.fetchOne(String(count), { envelope: true }).then(
      () => seen.push({ count, at: performance.now() }),
      () => undefined, // it is closed at the end
    );
  });
  return () => client.close();
}

interface Delays {
  /** From the push to a bare client. */
  bare: number[];
  /** From the push to Hitchpost's own connection. */
  wire: number[];
}

interface Played {
  /** Milliseconds of each sample, by folder: ours, and where nothing is pushed the whole. */
  inbox: Delays;
  notify: Delays;
  status: number[];
  automatic: number[];
}

async function play(
  watched: readonly Watched[],
  events: EventReader,
  automatic: readonly Push[],
): Promise<Played> {
  const sent: Sample[] = [];
  for (let n = 0; n < samples; n++) {
    for (const one of watched) {
      const subject = `latency ${one.user} ${performance.now()}`;
      const raw = `From: B <b@shop.example>\r\nTo: ${one.user}@bench.example\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${subject.replaceAll(" ", ".")}@shop.example>\r\n\r\nA short question.\r\n`;
      one.delivered += 1;
      await one.other.append(one.folder, raw);
      sent.push({ watched: one, subject, deliveredAt: performance.now(), place: one.delivered });
      await rest(gapMs);
    }
  }
  const seen = await allSeen(sent, events);
  const delays = (user: string, since: (sample: Sample) => number): number[] =>
    sent
      .filter(({ watched: one }) => one.user === user)
      .map((sample) => seen.get(sample.subject)! - since(sample));
  const both = (user: string): Delays => ({
    bare: delays(user, (sample) => toldAt(sample, sample.watched.pushes!)),
    wire: delays(user, (sample) => toldAt(sample, sample.watched.told)),
  });
  return {
    inbox: both("inbox"),
    notify: both("notify"),
    status: delays("status", ({ deliveredAt }) => deliveredAt),
    automatic: sent
      .filter(({ watched: one }) => one.user === "inbox")
      .flatMap((sample) => {
        const at = firstTold(sample, automatic);
        return at === undefined ? [] : [at - toldAt(sample, sample.watched.pushes!)];
      }),
  };
}

const firstTold = ({ place }: Sample, pushes: readonly Push[]): number | undefined =>
  pushes.find(({ count }) => count >= place)?.at;

/** @throws Error when the server pushed nothing: then there is nothing to compare with */
function toldAt(sample: Sample, pushes: readonly Push[]): number {
  const at = firstTold(sample, pushes);
  if (at === undefined) throw new Error(`the server did not push message ${sample.place}`);
  return at;
}

/** Subject → when its event was read. @throws Error when one is missing in the end */
async function allSeen(sent: readonly Sample[], events: EventReader): Promise<Map<string, number>> {
  const until = performance.now() + lastWaitMs;
  for (;;) {
    const seen = new Map(
      events.events
        .filter((event) => event.type === "message.created")
        .map((event) => [String(event.data["subject"]), event.at]),
    );
    const missing = sent.filter(({ subject }) => !seen.has(subject));
    if (missing.length === 0) return seen;
    if (performance.now() > until)
      throw new Error(
        `of ${sent.length} messages were not told: ${missing.map(({ subject }) => subject).join(", ")}`,
      );
    await rest(100);
  }
}

/** Imports the same mail under one name after the other until it is stopped; tells how many were done. */
function keepImporting({ full, product }: Parts): () => Promise<number> {
  const stopping = new AbortController();
  let done = 0;
  const running = (async () => {
    for (let n = 0; !stopping.signal.aborted; n++) {
      const user = `bulk${n}`;
      await symlink(full.maildir("bulk"), full.maildir(user));
      await full.addUser(user, password);
      const input = mailboxInput({ port: full.port, user, password, keepRaw: false });
      const { id } = mailboxSchema.parse(await product.api.call("POST", "/v1/mailboxes", input));
      // Of this mailbox alone: the status of all counts the messages of all, and the more were imported the longer.
      const isLive = async (): Promise<boolean> =>
        mailboxSchema.parse(await product.api.call("GET", `/v1/mailboxes/${id}`)).state === "live";
      for (
        const until = performance.now() + lastWaitMs;
        !stopping.signal.aborted && !(await isLive());
        await rest(500)
      )
        if (performance.now() > until) throw new Error(`the import of ${user} does not end`);
      done += stopping.signal.aborted ? 0 : 1;
    }
    return done;
  })();
  return () => {
    stopping.abort();
    return running;
  };
}

function figuresOf(when: string, played: Played, counts: boolean): Figure[] {
  const ofOurs = (subject: string, { bare, wire }: Delays): Figure[] =>
    [0.5, 0.99].flatMap((q) =>
      (
        [
          ["our part of the delay", bare],
          ["since Hitchpost itself was told", wire],
        ] as const
      ).map(([what, delays]) => ({
        subject: `${subject}, ${when}`,
        measure: `${what}, p${q * 100}`,
        value: quantile(delays, q),
        unit: "ms",
        ...(counts && { reach: { at: "most", value: q === 0.5 ? 30 : 150 } as const }),
      })),
    );
  return [
    ...ofOurs("Inbox", played.inbox),
    ...ofOurs("another folder by NOTIFY", played.notify),
    {
      subject: `another folder by STATUS, ${when}`,
      measure: "the whole delay, p50",
      value: quantile(played.status, 0.5) / 1_000,
      unit: "s",
    },
    {
      subject: `another folder by STATUS, ${when}`,
      measure: "the whole delay, longest",
      value: Math.max(...played.status) / 1_000,
      unit: "s",
      ...(counts && { reach: { at: "most", value: 10 } as const }),
    },
    {
      subject: `imapflow with its automatic IDLE, Inbox, ${when}`,
      measure: "from the push to the envelope, p50",
      value: quantile(played.automatic, 0.5),
      unit: "ms",
    },
  ];
}

/**
 * How long it takes after a `kill -9` until new mail is there again, and whether anything was lost or doubled: of a worker
 * (another process takes over), of PostgreSQL (the program starts it again), of the server (it is started again at once).
 */
import { z } from "zod";
import { startDovecot, type Dovecot } from "../tests/support/dovecot.ts";
import { startExternalPostgres } from "../tests/support/external-postgres.ts";
import { postgresPid } from "../tests/support/processes.ts";
import { startWorker } from "../tests/support/worker.ts";
import { median, type Bench, type BenchOptions, type Figure } from "./frame.ts";
import { mailboxInput, mailboxesIn, startHitchpost, type Hitchpost } from "./support/hitchpost.ts";

const mailboxes = 20;
const before = 20;
const password = "secret";
const limitMs = 120_000;
/** From the kill to the delivery: the mail comes while nobody looks. */
const afterKillMs = 500;

export const recovery: Bench = {
  name: "recovery",
  about: "from kill -9 until new mail is in the API again; lost and doubled messages",
  needs: { "dovecot-imapd": ["/usr/sbin/dovecot"], postgresql: ["/usr/lib/postgresql"] },
  async run(options) {
    return [...(await ofWorker(options)), ...(await ofPostgres(options)), ...(await ofServer(options))];
  },
};

interface Stage {
  dovecot: Dovecot;
  product: Hitchpost;
  /** Subjects of all that was delivered, by mailbox. */
  delivered: Map<string, string[]>;
}

async function onStage<T>(env: NodeJS.ProcessEnv, work: (stage: Stage) => Promise<T>): Promise<T> {
  const dovecot = await startDovecot({ maxConnections: 1_000 });
  try {
    const product = await startHitchpost(env);
    try {
      const stage: Stage = { dovecot, product, delivered: new Map() };
      for (let n = 0; n < mailboxes; n++) await connect(stage, `box${n}`);
      return await work(stage);
    } finally {
      await product.stop();
    }
  } finally {
    await dovecot.stop();
  }
}

async function connect(stage: Stage, user: string): Promise<void> {
  const { dovecot, product } = stage;
  await dovecot.addUser(user, password);
  for (let n = 0; n < before; n++) await deliver(stage, user, `before ${n}`);
  const input = mailboxInput({ port: dovecot.port, user, password, keepRaw: false });
  await product.api.call("POST", "/v1/mailboxes", input);
  await mailboxesIn(product.api, (all) =>
    all.some((one) => one.address === input.address && one.state === "live" && one.messages >= before),
  );
}

async function deliver({ dovecot, delivered }: Stage, user: string, what: string): Promise<void> {
  const subject = `${user}: ${what}`;
  delivered.set(user, [...(delivered.get(user) ?? []), subject]);
  await dovecot.deliver(
    user,
    "",
    `From: B <b@shop.example>\r\nTo: ${user}@bench.example\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${subject.replaceAll(/\W/g, ".")}@shop.example>\r\n\r\nA short question.\r\n`,
  );
}

/** Seconds from the kill until a new mail of every mailbox is in the API. */
async function outage(stage: Stage, round: number, kill: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const killing = kill();
  await new Promise((wake) => setTimeout(wake, afterKillMs));
  const awaited = [...stage.delivered.keys()];
  for (const user of awaited) await deliver(stage, user, `in outage ${round}`);
  const subjects = new Set(awaited.map((user) => `${user}: in outage ${round}`));
  await killing;
  while (performance.now() - began < limitMs) {
    const found = await newest(stage).catch(() => []); // it does not answer yet
    if (found.filter((subject) => subjects.has(subject)).length >= subjects.size)
      return (performance.now() - began) / 1_000;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error("new mail was not there within two minutes of a kill");
}

async function newest({ product }: Stage): Promise<string[]> {
  const page = (await product.api.call("GET", `/v1/conversations?view=all&limit=${2 * mailboxes}`)) as {
    items: { subject: string }[];
  };
  return page.items.map(({ subject }) => subject);
}

async function figuresOf(
  stage: Stage,
  what: string,
  seconds: readonly number[],
  most: number | null,
): Promise<Figure[]> {
  const subject = `kill -9 of ${what}`;
  const stored = (await stage.product.api.messages<{ subject: string }>()).map((message) => message.subject);
  const all = [...stage.delivered.values()].flat();
  const known = new Set(stored);
  const none = { at: "most", value: 0 } as const;
  return [
    {
      subject,
      measure: "until in step again, median",
      value: median(seconds),
      unit: "s",
    },
    {
      subject,
      measure: "until in step again, longest",
      value: Math.max(...seconds),
      unit: "s",
      ...(most !== null && { reach: { at: "most", value: most } as const }),
    },
    {
      subject,
      measure: "messages lost",
      value: all.filter((one) => !known.has(one)).length,
      unit: "",
      reach: none,
    },
    { subject, measure: "messages doubled", value: stored.length - known.size, unit: "", reach: none },
  ];
}

/** A server and a worker share the mailboxes; the worker is killed, and another one takes its place for the next round. */
async function ofWorker({ rounds, say }: BenchOptions): Promise<Figure[]> {
  const postgres = await startExternalPostgres();
  try {
    return await onStage({ DATABASE_URL: postgres.url }, async (stage) => {
      const seconds: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        const worker = await startWorker(stage.product.product.env);
        try {
          await shared(stage, worker.pid);
          seconds.push(await outage(stage, round, () => worker.end("SIGKILL")));
        } finally {
          await worker.end("SIGKILL");
        }
        say(`kill -9 of a worker: ${seconds.at(-1)!.toFixed(1)} s`);
      }
      return figuresOf(stage, "a worker", seconds, 15);
    });
  } finally {
    await postgres.stop();
  }
}

const sharesSchema = z.object({
  processes: z.array(z.object({ pid: z.number(), mailboxes: z.number() })),
  mailboxes: z.array(z.object({ state: z.string() })),
});

/** Resolves when the process has its share of the mailboxes and all are in step. */
async function shared({ product }: Stage, pid: number): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const { processes, mailboxes: all } = sharesSchema.parse(await product.api.call("GET", "/v1/status"));
    const share = processes.find((one) => one.pid === pid)?.mailboxes ?? 0;
    if (share >= Math.floor(mailboxes / 2) && all.every(({ state }) => state === "live")) return;
    if (performance.now() > until) throw new Error("the worker got no mailboxes within two minutes");
    await new Promise((wake) => setTimeout(wake, 250));
  }
}

async function ofPostgres({ rounds, say }: BenchOptions): Promise<Figure[]> {
  return onStage({}, async (stage) => {
    const seconds: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const pid = postgresPid(stage.product.product.dataDir);
      seconds.push(await outage(stage, round, async () => process.kill(pid, "SIGKILL")));
      say(`kill -9 of PostgreSQL: ${seconds.at(-1)!.toFixed(1)} s`);
    }
    return figuresOf(stage, "PostgreSQL", seconds, null);
  });
}

/** It is started again at once, as a service manager does; its embedded PostgreSQL is left behind and has to be cleared. */
async function ofServer({ rounds, say }: BenchOptions): Promise<Figure[]> {
  return onStage({}, async (stage) => {
    const { product } = stage.product;
    const seconds: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const kill = async (): Promise<void> => {
        await product.kill9();
        await product.start();
      };
      seconds.push(await outage(stage, round, kill));
      say(`kill -9 of the server: ${seconds.at(-1)!.toFixed(1)} s`);
    }
    return figuresOf(stage, "the server", seconds, null);
  });
}

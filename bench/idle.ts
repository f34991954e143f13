/**
 * What a mailbox costs in which nothing happens: memory and processor time for each of 200 and of 2,000 mailboxes over TLS,
 * beside bare TLS sockets of the same run that idle at the same Dovecot.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startDovecot, type Dovecot } from "../tests/support/dovecot.ts";
import { freePort } from "../tests/support/free-port.ts";
import type { Bench, BenchOptions, Figure } from "./frame.ts";
import { mailboxInput, mailboxesIn, startHitchpost, type Hitchpost } from "./support/hitchpost.ts";
import { collectGarbage, ownMemory } from "./support/inspect.ts";
import { meterUsage } from "./support/usage.ts";

const password = "secret";
/** Connected before the first measurement: what comes with the first mailboxes alone (compiled code, parsers) is not theirs. */
const first = 20;
const steps = [200, 2_000];
const messages = 5;
const connectingAtOnce = 8;
const settleMs = 60_000;

/** A process for each connection until it is let sleep (imap-hibernate): room for all of them. */
const settings = `
imap_hibernate_timeout = 5s
mailbox_idle_check_interval = 30 secs
default_client_limit = 20000
service imap {
  process_limit = 10000
  unix_listener imap-master {
    user = $default_internal_user
  }
}
service imap-login {
  service_count = 0
  process_min_avail = 1
  process_limit = 4
  client_limit = 10000
}
service auth {
  client_limit = 30000
}
service anvil {
  client_limit = 30000
}
`;

export const idle: Bench = {
  name: "idle",
  about: "memory and processor time of mailboxes in which nothing happens, over TLS",
  needs: { "dovecot-imapd": ["/usr/sbin/dovecot"] },
  async run(options) {
    const dovecot = await startDovecot({ settings });
    const directory = mkdtempSync(join(tmpdir(), "hitchpost-bench-"));
    const caFile = join(directory, "ca.pem");
    writeFileSync(caFile, dovecot.ca);
    try {
      await fill(dovecot, options);
      const bare = new Map<number, number>();
      for (const count of steps) bare.set(count, await bareMemory(dovecot, caFile, count, options));
      return await measureProduct(dovecot, caFile, bare, options);
    } finally {
      await dovecot.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function fill(dovecot: Dovecot, { say }: BenchOptions): Promise<void> {
  const count = first + Math.max(...steps);
  say(`delivering ${messages} messages to each of ${count} mailboxes …`);
  for (let n = 0; n < count; n++) {
    await dovecot.addUser(`idle${n}`, password);
    for (let m = 0; m < messages; m++)
      await dovecot.deliver(
        `idle${n}`,
        "",
        `From: a@shop.example\r\nTo: idle${n}@bench.example\r\nSubject: ${m}\r\nMessage-ID: <${n}.${m}@shop.example>\r\nDate: Thu, 01 Oct 2026 10:00:00 +0000\r\n\r\nShort.\r\n`,
        "S",
      );
  }
}

/** Bytes for each socket, in a process that does nothing else. */
async function bareMemory(
  dovecot: Dovecot,
  caFile: string,
  count: number,
  { say }: BenchOptions,
): Promise<number> {
  const port = await freePort();
  const script = fileURLToPath(new URL("support/bare-crowd.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [`--inspect-port=127.0.0.1:${port}`, script, String(dovecot.tlsPort), caFile, password, String(count)],
    { stdio: ["pipe", "pipe", "ignore"] },
  );
  const pid = child.pid!;
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    await collectGarbage(pid, port);
    const before = ownMemory(pid);
    child.stdin.write("go\n");
    if ((await lines.next()).done) throw new Error("the bare sockets did not connect");
    await rest(10_000);
    await collectGarbage(pid, port);
    const each = (ownMemory(pid) - before) / count;
    say(`${count} bare sockets: ${(each / 1_024).toFixed(0)} KB each`);
    return each;
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}

const rest = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

async function measureProduct(
  dovecot: Dovecot,
  caFile: string,
  bare: ReadonlyMap<number, number>,
  options: BenchOptions,
): Promise<Figure[]> {
  const port = await freePort();
  const product = await startHitchpost({
    NODE_EXTRA_CA_CERTS: caFile,
    NODE_OPTIONS: `--inspect-port=127.0.0.1:${port}`,
  });
  const pid = product.product.pid();
  try {
    await connect(product, dovecot, 0, first, options);
    await collectGarbage(pid, port);
    const base = ownMemory(pid);
    const figures: Figure[] = [];
    let before = { memory: base, count: 0 };
    for (let at = 0; at < steps.length; at++) {
      const [from, count] = [steps[at - 1] ?? 0, steps[at]!];
      await connect(product, dovecot, first + from, first + count, options);
      const meter = meterUsage(pid, 1_000);
      await rest(options.minutes * 60_000);
      const { own, postgres } = meter.stop();
      await collectGarbage(pid, port);
      const memory = ownMemory(pid);
      const each = (memory - base) / count;
      options.say(`${count} mailboxes: ${(each / 1_024).toFixed(0)} KB each`);
      const seconds = options.minutes * 60;
      figures.push(
        ...figuresOf(count, {
          each,
          further: (memory - before.memory) / (count - before.count),
          bare: bare.get(count)!,
          own: own.cpuSeconds / seconds / (first + count),
          postgres: postgres.cpuSeconds / seconds / (first + count),
        }),
      );
      before = { memory, count };
    }
    return figures;
  } finally {
    await product.stop();
  }
}

async function connect(
  product: Hitchpost,
  dovecot: Dovecot,
  from: number,
  count: number,
  { say }: BenchOptions,
): Promise<void> {
  say(`connecting mailboxes ${from + 1} to ${count} …`);
  let next = from;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const input = mailboxInput({ port: dovecot.tlsPort, user: `idle${next++}`, password, keepRaw: false });
      const imap = { host: "localhost", port: dovecot.tlsPort, security: "tls" };
      await unlimited(() => product.api.call("POST", "/v1/mailboxes", { ...input, imap }));
    }
  };
  await Promise.all(Array.from({ length: connectingAtOnce }, lane));
  await mailboxesIn(product.api, (all) => {
    const live = all.filter((one) => one.state === "live" && one.messages >= messages);
    return live.length >= count;
  });
  await rest(settleMs);
}

/** A workspace may try 1,000 passwords in ten minutes: waits until it may again. */
async function unlimited(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      const retryAfterMs = /"retryAfterMs":(\d+)/.exec(String(error))?.[1];
      if (retryAfterMs === undefined) throw error;
      await rest(Number(retryAfterMs));
    }
  }
}

interface Costs {
  /** Bytes. */
  each: number;
  /** Of each beyond the step before: what grew once, with the first ones, is in none of them. */
  further: number;
  bare: number;
  /** Share of one core. */
  own: number;
  postgres: number;
}

function figuresOf(count: number, { each, further, bare, own, postgres }: Costs): Figure[] {
  const subject = `Hitchpost, ${count.toLocaleString("en")} mailboxes`;
  return [
    {
      subject,
      measure: "memory of each",
      value: each / 1_024,
      unit: "KB",
      reach: { at: "most", value: 160 },
    },
    { subject, measure: "memory of each beyond the step before", value: further / 1_024, unit: "KB" },
    {
      subject,
      measure: "memory against a bare TLS socket",
      value: each / bare,
      unit: "×",
      reach: { at: "most", value: 2.2 },
    },
    {
      subject,
      measure: "processor time of each",
      value: own * 100,
      unit: "% of a core",
      reach: { at: "most", value: 0.01 },
    },
    { subject, measure: "processor time of PostgreSQL for each", value: postgres * 100, unit: "% of a core" },
    {
      subject: `bare TLS sockets, ${count.toLocaleString("en")}`,
      measure: "memory of each",
      value: bare / 1_024,
      unit: "KB",
    },
  ];
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { Log } from "../../core/log.ts";
import { unpackBody } from "./packed-body.ts";
import { createParsePool, type ParsePool, type ParsePoolOptions } from "./pool.ts";
import { eventually } from "../../../tests/support/eventually.ts";

const warnings: object[] = [];
const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields) => void warnings.push(fields),
  error: () => undefined,
  child: () => log,
};
const source = (subject: string) => ({
  kind: "source" as const,
  raw: Buffer.from(`Subject: ${subject}\r\nFrom: a@a.example\r\n\r\nHello`),
});

const made: string[] = [];
let pool: ParsePool | undefined;
afterEach(async () => {
  await pool?.close();
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
  warnings.length = 0;
});
function open(options: Partial<ParsePoolOptions> = {}): ParsePool {
  pool = createParsePool({ size: 2, log, ...options });
  return pool;
}

/** A worker like the real one, with messages that break it: `hang`, `fill`, `throw`, `exit`; `slow` takes its time, `steady` a little. */
const faulty = (): URL => {
  const directory = mkdtempSync(join(tmpdir(), "hitchpost-parse-"));
  made.push(directory);
  const file = join(directory, "worker.mjs");
  const real = new URL("./parse.ts", import.meta.url).href;
  writeFileSync(
    file,
    `import { parentPort, workerData } from "node:worker_threads";
     import { packReplies, unpackJobs } from ${JSON.stringify(new URL("./parcel.ts", import.meta.url).href)};
     import { parseMessage } from ${JSON.stringify(real)};
     import { packMessage } from ${JSON.stringify(new URL("./packed-body.ts", import.meta.url).href)};
     parentPort.postMessage("ready");
     parentPort.on("message", async (parcel) => {
       const replies = [];
       for (const { id, content } of unpackJobs(parcel)) {
         Atomics.store(workerData.working, 0, id);
         const message = packMessage(await parseMessage(content.raw));
         if (message.subject === "hang") for (;;);
         if (message.subject === "fill") for (const all = []; ; ) all.push(new Array(100_000).fill(Math.random()));
         if (message.subject === "steady") for (const until = performance.now() + 10; performance.now() < until; );
         if (message.subject === "slow") for (const until = performance.now() + 600; performance.now() < until; );
         if (message.subject === "exit") process.exit(3);
         if (message.subject === "throw") replies.push({ id, message: null, error: "thrown" });
         else replies.push({ id, message, error: null });
       }
       parentPort.postMessage(packReplies(replies));
     });`,
  );
  return pathToFileURL(file);
};

test("parses sources and parts in order, and leaves the bytes alone", async () => {
  const { parse, ready } = bound(open());
  const content = source("one");
  const before = Buffer.from(content.raw);
  const messages = await Promise.all(
    Array.from({ length: 100 }, (_, i) => parse(i === 0 ? content : source(`n${i}`))),
  );
  expect(messages.map(({ subject }) => subject)).toEqual([
    "one",
    ...Array.from({ length: 99 }, (_, i) => `n${i + 1}`),
  ]);
  expect(content.raw.equals(before)).toBe(true);
  await ready();
  const parts = await parse({
    kind: "parts",
    parts: { header: Buffer.from("Subject: parts\r\n\r\n"), text: [], attachments: [] },
  });
  expect(parts).toMatchObject({ subject: "parts", flags: [] });
});

test("what could not be fetched comes back flagged, without a worker", async () => {
  expect(
    await open({ workerUrl: new URL("file:///nowhere.mjs") }).parse({ kind: "unreadable", reason: "x" }),
  ).toMatchObject({ flags: ["unreadable"] });
});

test.each(["hang", "fill", "exit", "throw"])(
  "a message that makes its worker %s keeps its header, and the others go on",
  async (fault) => {
    const { parse } = bound(open({ workerUrl: faulty(), timeoutMs: 700, memoryMb: 48 }));
    const subjects = ["a", fault, "b", "c", fault, "d", "e"];
    const messages = await Promise.all(subjects.map((subject) => parse(source(subject))));
    expect(messages.map(({ subject }) => subject)).toEqual(subjects);
    expect(messages.map(({ flags }) => flags.join())).toEqual(
      subjects.map((subject) => (subject === fault ? "parse_failed" : "")),
    );
    expect(messages.map(({ body }) => unpackBody(body.bytes).text)).toEqual(
      subjects.map((subject) => (subject === fault ? "" : "Hello")),
    );
    expect(warnings).toHaveLength(2);
  },
);

test("threads that do not start reject, and store nothing as broken", async () => {
  const own = open({ workerUrl: new URL("file:///nowhere.mjs"), size: 1 });
  await expect(own.parse(source("x"))).rejects.toMatchObject({ code: "internal" });
});

test("ready waits while more is queued than the pool takes at once", async () => {
  const { parse, ready } = bound(open({ size: 1 }));
  const all = Array.from({ length: 160 }, (_, i) => parse(source(`n${i}`)));
  let waited = true;
  const waiting = ready().then(() => (waited = false));
  await Promise.resolve();
  expect(waited).toBe(true);
  await waiting;
  await Promise.all(all);
});

test("what is urgent goes before all that waits", async () => {
  const { parse } = bound(open({ size: 1 }));
  const order: string[] = [];
  const note = (subject: string, urgent?: boolean) =>
    parse(source(subject), urgent).then((message) => void order.push(message.subject));
  const others = Array.from({ length: 60 }, (_, i) => note(`n${i}`));
  await Promise.all([...others, note("urgent 1", true), note("urgent 2", true)]);
  expect(order.indexOf("urgent 1")).toBeLessThan(20); // behind the batch that was under way
  expect(order.indexOf("urgent 2")).toBe(order.indexOf("urgent 1") + 1);
});

test("beside an import, what is urgent gets a thread of its own after the first that had to wait", async () => {
  const { parse } = bound(open({ workerUrl: faulty() }));
  let answered = 0;
  const rest = Array.from({ length: 160 }, () => parse(source("steady")).then(() => answered++));
  await parse(source("first"), true);
  await eventually(async () => {
    const before = answered;
    await parse(source("next"), true);
    expect(answered).toBe(before);
  });
  const before = answered;
  for (let n = 0; n < 5; n++) await parse(source(`urgent ${n}`), true);
  expect(answered - before).toBeLessThan(32); // each would else wait for a batch of 16 at least
  await Promise.all(rest);
});

test("close ends what waits with its header, and what comes later too", async () => {
  const own = open({ workerUrl: faulty() });
  const waiting = own.parse(source("hang"));
  await own.close();
  expect(await waiting).toMatchObject({ subject: "hang", flags: ["parse_failed"] });
  expect(await own.parse(source("late"))).toMatchObject({ subject: "late", flags: ["parse_failed"] });
});

const bound = (own: ParsePool) => ({
  parse: (...asked: Parameters<ParsePool["parse"]>) => own.parse(...asked),
  ready: () => own.ready(),
});

const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`);

test("a message that takes its time gets the others another thread, those in one batch with it too", async () => {
  const own = open({ workerUrl: faulty(), timeoutMs: 60_000, size: 2 });
  const before = own.parse(source("before"));
  const hanging = own.parse(source("hang"));
  const others = Promise.all(names(40).map((name) => own.parse(source(name))));
  expect((await others).map(({ subject }) => subject)).toEqual(names(40));
  expect((await before).subject).toBe("before");
  await own.close(); // the one that hangs would be given up after a minute
  expect((await hanging).flags).toContain("parse_failed");
});

test("what another thread took over counts once, though the slow one answers it too", async () => {
  const own = open({ workerUrl: faulty(), size: 2 });
  for (let round = 1; round <= 3; round++) {
    const all = await Promise.all([source("slow"), ...names(40).map(source)].map((one) => own.parse(one)));
    expect(all.map(({ subject }) => subject)).toEqual(["slow", ...names(40)]);
    expect(all.flatMap(({ flags }) => flags)).toEqual([]);
  }
  expect(warnings).toEqual([]);
});

const workerThreads = (): number =>
  readdirSync("/proc/self/task").filter(
    (id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim() === "WorkerThread",
  ).length;

test.runIf(process.platform === "linux")(
  "a second thread ends when there is nothing left for it",
  async () => {
    const before = workerThreads();
    const own = open({ workerUrl: faulty(), size: 2, restMs: 300 });
    const hanging = own.parse(source("hang"));
    await Promise.all(names(40).map((name) => own.parse(source(name))));
    expect(workerThreads()).toBe(before + 2);
    await eventually(() => expect(workerThreads()).toBe(before + 1));
    expect((await own.parse(source("later"))).subject).toBe("later");
    await own.close();
    await hanging;
  },
);

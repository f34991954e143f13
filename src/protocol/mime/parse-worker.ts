/** Runs in a worker thread of the pool (`pool.ts`): parses what it is sent, one after another, and answers all of it. */
import os from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { packMessage } from "./packed-body.ts";
import { packReplies, unpackJobs, type Parcel, type ParseJob, type ParseReply } from "./parcel.ts";
import { parseMessage, parseParts } from "./parse.ts";
import type { WorkerReady, WorkerSetup } from "./parser-thread.ts";

const { working, reserved } = workerData as WorkerSetup;
const ready: WorkerReady = "ready";
/** Enough to let others go first; with more it would starve beside other programs, and new mail waits for it. */
const parserNice = 4;
/** What took longer is not kept back for what follows. */
const answerAfterMs = 100;

// Parsing gives way to the threads that answer people. Linux alone has priorities for threads; elsewhere it would be the process's.
if (process.platform === "linux" && !reserved) os.setPriority(0, parserNice);
parentPort?.postMessage(ready, []);
/** The batch before: one after another. */
let before = Promise.resolve();
parentPort?.on("message", (parcel: Parcel) => {
  before = before.then(() => answerAll(unpackJobs(parcel)));
});

async function answerAll(jobs: ParseJob[]): Promise<void> {
  let replies: ParseReply[] = [];
  let since = performance.now();
  const answer = (): void => {
    const parcel = packReplies(replies);
    parentPort?.postMessage(parcel, [parcel.bytes.buffer]);
    replies = [];
    since = performance.now();
  };
  for (const job of jobs) {
    Atomics.store(working, 0, job.id);
    replies.push(await replyTo(job));
    if (performance.now() - since > answerAfterMs) answer();
  }
  if (replies.length > 0) answer();
}

async function replyTo({ id, content }: ParseJob): Promise<ParseReply> {
  try {
    const parsed =
      content.kind === "source" ? await parseMessage(content.raw) : await parseParts(content.parts);
    return { id, message: packMessage(parsed), error: null };
  } catch (error) {
    return { id, message: null, error: String(error) };
  }
}

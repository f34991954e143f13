/** Runs in a worker thread of the pool (`pool.ts`): parses what it is sent, one after another, and answers each. */
import { parentPort } from "node:worker_threads";
import { packMessage } from "./packed-body.ts";
import { parseMessage, parseParts } from "./parse.ts";
import type { ParseJob, ParseReply, WorkerReady } from "./pool.ts";

const ready: WorkerReady = "ready";
parentPort?.postMessage(ready, []);
parentPort?.on("message", (jobs: ParseJob[]) => {
  void answerAll(jobs);
});

async function answerAll(jobs: ParseJob[]): Promise<void> {
  for (const { id, content } of jobs) {
    const reply: ParseReply = { id, message: null, error: null };
    try {
      const parsed =
        content.kind === "source" ? await parseMessage(content.raw) : await parseParts(content.parts);
      reply.message = packMessage(parsed);
    } catch (error) {
      reply.error = String(error);
    }
    parentPort?.postMessage(reply, reply.message === null ? [] : [reply.message.body.bytes.buffer]);
  }
}

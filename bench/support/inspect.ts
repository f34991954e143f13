/** Looks into a running Node by its inspector, which it opens when it gets SIGUSR1 (V8 inspector protocol). */
import { readFileSync } from "node:fs";
import { z } from "zod";

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);
const answerSchema = z.object({ id: z.number().optional(), error: z.unknown().optional() });
const limitMs = 120_000;

/**
 * Collects the garbage of a process that was started with `--inspect-port=127.0.0.1:PORT` among NODE_OPTIONS.
 *
 * @throws Error when it does not answer within two minutes
 */
export async function collectGarbage(pid: number, port: number): Promise<void> {
  process.kill(pid, "SIGUSR1");
  const until = performance.now() + limitMs;
  const target = await firstTarget(port, until);
  const socket = new WebSocket(target);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("the inspector does not answer")), limitMs);
  let left = 3; // what finalisers let go of is collected by the next one
  const ask = (): void => socket.send(JSON.stringify({ id: left, method: "HeapProfiler.collectGarbage" }));
  socket.addEventListener("open", ask);
  socket.addEventListener("error", () => reject(new Error("the inspector hung up")));
  socket.addEventListener("message", ({ data }) => {
    const { id, error } = answerSchema.parse(JSON.parse(String(data)));
    if (error !== undefined) reject(new Error(JSON.stringify(error)));
    if (id !== left) return;
    left -= 1;
    if (left === 0) resolve();
    else ask();
  });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function firstTarget(port: number, until: number): Promise<string> {
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
      return targetsSchema.parse(await answer.json())[0]!.webSocketDebuggerUrl;
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
}

/** Resident memory of a process that is its own and no file's, in bytes. */
export function ownMemory(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kilobytes === undefined) throw new Error(`the kernel does not tell the memory of ${pid}`);
  return Number(kilobytes) * 1_024;
}

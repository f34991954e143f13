/** One process of the product that can be killed, stopped and started again. */
import { startWorker } from "../../support/worker.ts";

export interface Host {
  /** Of the process that runs now. */
  pid(): number;
  /** What it wrote since it was started. */
  output(): string;
  kill9(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param env that of the server */
export async function startWorkerHost(env: NodeJS.ProcessEnv): Promise<Host> {
  let worker = await startWorker(env);
  return {
    pid: () => worker.pid,
    output: () =>
      worker
        .log()
        .map((line) => JSON.stringify(line))
        .join("\n"),
    kill9: async () => void (await worker.end("SIGKILL")),
    async start() {
      worker = await startWorker(env);
    },
    stop: async () => void (await worker.end("SIGTERM")),
  };
}

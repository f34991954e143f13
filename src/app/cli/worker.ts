/** `hitchpost worker`: syncs its share of the mailboxes beside the server, on this machine or another one. */
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { startWorker } from "../worker.ts";
import { runUntilStopped } from "./run.ts";

export async function workerCommand(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  await runUntilStopped(
    () => startWorker(config, log),
    ({ url }) => process.stdout.write(`Hitchpost worker is ready${url === null ? "" : `: ${url}`}\n`),
  );
}

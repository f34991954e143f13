/** `hitchpost serve`: runs until SIGTERM or SIGINT. */
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { startProgram } from "../program.ts";

/** A stop that takes longer is ended by force. */
const stopDeadlineMs = 14_000;

export async function serveCommand(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  const program = await startProgram(config, log);
  process.stdout.write(`\nHitchpost is ready: ${program.publicUrl}\n`);
  if (program.setupUrl !== null) {
    process.stdout.write(`Make the first owner (this link works once): ${program.setupUrl}\n`);
  }
  if (config.sandbox) {
    process.stdout.write(
      "The sandbox stands in for Microsoft; README says how to connect to Microsoft itself.\n",
    );
  }
  process.stdout.write("\n");
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
    void program.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

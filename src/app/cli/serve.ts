/** `hitchpost serve`: runs until SIGTERM, SIGINT or, when its terminal goes away, SIGHUP. */
import { readConfig, type Config } from "../config.ts";
import { createLog } from "../log.ts";
import { startProgram, type RunningProgram } from "../program.ts";

/** A stop that takes longer is ended by force. */
const stopDeadlineMs = 14_000;

const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export async function serveCommand(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  let program: RunningProgram | null = null;
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
    if (program) end(program); // else it ends as soon as it has started: half of a start leaves things behind
  };
  for (const signal of stopSignals) process.on(signal, stop);
  program = await startProgram(config, log);
  if (stopping) end(program);
  else announce(program, config);
}

const end = (program: RunningProgram): void => void program.stop().then(() => process.exit(0));

function announce(program: RunningProgram, config: Config): void {
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
}

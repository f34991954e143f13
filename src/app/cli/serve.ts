/** `hitchpost serve`: the server. */
import { readConfig, type Config } from "../config.ts";
import { createLog } from "../log.ts";
import { startProgram, type RunningProgram } from "../program.ts";
import { runUntilStopped } from "./run.ts";

export async function serveCommand(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  await runUntilStopped(
    () => startProgram(config, log),
    (program) => announce(program, config),
  );
}

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
  if (!config.sync) {
    process.stdout.write("It syncs no mailboxes itself: `hitchpost worker` does.\n");
  }
  process.stdout.write("\n");
}

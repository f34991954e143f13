/** The command line: `hitchpost COMMAND`. What each command does stands in cli/; exit codes in cli/exit.ts. */
import { buildProgram } from "./cli/program.ts";
import { exitCodes, reportAndExit } from "./cli/exit.ts";

// Who reads our output may have left (`hitchpost status | head -1`): that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.ok);
  throw error;
});

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  reportAndExit(error, { json: process.argv.includes("--json") });
}

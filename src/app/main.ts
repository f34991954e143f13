/** The command line: `hitchpost COMMAND`. What each command does stands in cli/; exit codes in cli/exit.ts. */
import { buildProgram } from "./cli/program.ts";
import { reportAndExit } from "./cli/exit.ts";

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  reportAndExit(error);
}

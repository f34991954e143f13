/** Passwords come by standard input: arguments stand in the process list and in the shell's history. */
import { text } from "node:stream/consumers";
import { CommandError, exitCodes } from "./exit.ts";

/** The first line of standard input. @throws when it is a terminal without input or empty */
export async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write("Password (ends with Ctrl-D): ");
  const [line = ""] = (await text(process.stdin)).split(/\r?\n/);
  if (line === "")
    throw new CommandError(
      exitCodes.usage,
      "no password came by standard input.",
      "printf '%s' \"$PASSWORD\" | hitchpost …",
    );
  return line;
}

/** Passwords come by standard input: arguments stand in the process list and in the shell's history. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CommandError, exitCodes } from "./exit.ts";

/** The first line of standard input; on a terminal it is asked for and not shown. @throws when it is empty */
export async function readPassword(): Promise<string> {
  const line = process.stdin.isTTY ? await ask() : await firstLine();
  if (line === "")
    throw new CommandError(
      exitCodes.usage,
      "no password came by standard input.",
      "printf '%s' \"$PASSWORD\" | hitchpost …",
    );
  return line;
}

/** Who wrote the line may keep the pipe open: its end is not waited for. */
async function firstLine(): Promise<string> {
  try {
    for await (const line of createInterface({ input: process.stdin })) return line;
    return "";
  } finally {
    process.stdin.destroy(); // else the command would not end before the pipe does
  }
}

/** The line's editing works as ever, only that its echo goes nowhere. */
async function ask(): Promise<string> {
  process.stderr.write("Password: ");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  lines.once("SIGINT", () => {
    process.stderr.write("\n");
    process.exit(130); // as a shell tells of Ctrl-C
  });
  try {
    return await lines.question("").catch(() => ""); // Ctrl-D: nothing was typed
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

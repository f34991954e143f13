import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

/** Reads a password as a command does, and ends as a command ends: when nothing is left to do. */
const program = `import { readPassword } from ${JSON.stringify(new URL("./stdin.ts", import.meta.url).href)};
process.stdout.write("[" + (await readPassword().catch((error) => error.message)) + "]");`;

async function read(written: string, { end }: { end: boolean }): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (end) child.stdin.end(written);
  else child.stdin.write(written);
  return text(child.stdout);
}

test("the first line is the password, and what wrote it may keep the pipe open", async () => {
  expect(await read("a secret\r\nmore", { end: false })).toBe("[a secret]");
});

test("a line without its end counts; none at all is said", async () => {
  expect(await read(" a secret", { end: true })).toBe("[ a secret]");
  expect(await read("", { end: true })).toContain("no password came");
});

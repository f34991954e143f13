/** What reading back costs: some servers take most of a second to open a large folder. */
import { afterEach, describe, expect, test } from "vitest";
import { against, closeAgainst } from "../support/against.ts";
import type { Script } from "../support/scripted-imap.ts";

afterEach(closeAgainst);

/** Each FETCH brings one row, with the UID of its sequence number. */
const oneRow: Script = ({ name, args, tag }) => {
  const n = Number.parseInt(args, 10);
  return name === "FETCH" ? [`* ${n} FETCH (UID ${n} FLAGS (\\Seen))`, `${tag} OK done`] : undefined;
};

/** Reads the whole tail one by one; how often was the folder opened for it? */
async function readBack(script: Script): Promise<{ keys: string[]; opened: number }> {
  const { server, source } = await against(script);
  const head = await source.head("INBOX", null);
  const before = server.lines.length;
  const keys: string[] = [];
  for (let cursor: typeof head.cursor | null = head.cursor; cursor !== null;) {
    const page = await source.tail("INBOX", cursor, { sinceMs: null }, 1);
    keys.push(...page.items.map(({ key }) => key));
    ({ cursor } = page);
  }
  return { keys, opened: server.lines.slice(before).filter((line) => line.includes("EXAMINE")).length };
}

describe("reading back opens the folder again only when something changed", () => {
  test("a folder at rest is opened once for all pages", async () => {
    expect(await readBack(oneRow)).toEqual({ keys: ["3", "2", "1"], opened: 0 });
  });

  test.each(["* 1 EXPUNGE", "* 4 EXISTS"])("%s between two pages opens it again", async (told) => {
    const script: Script = (command, socket) =>
      command.name === "NOOP" && command.times === 1
        ? [told, `${command.tag} OK done`]
        : oneRow(command, socket);
    expect(await readBack(script)).toEqual({ keys: ["3", "2", "1"], opened: 1 });
  });
});

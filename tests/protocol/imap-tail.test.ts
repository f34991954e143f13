/** Reading back: what it costs (some servers take most of a second to open a large folder), and by servers that search wrongly. */
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

/** UID n was received on the n-th of February 2026. */
const dated =
  (onSearch: (tag: string) => string[]): Script =>
  ({ name, args, tag }) => {
    if (name === "UID SEARCH") return onSearch(tag);
    if (!name.endsWith("FETCH")) return undefined;
    const [set = ""] = args.split(" ");
    const asked = [1, 2, 3].filter((n) =>
      set.split(",").some((range) => {
        const [low = 0, high = low] = range.split(":").map(Number);
        return n >= low && n <= high;
      }),
    );
    const rows = asked.map(
      (n) => `* ${n} FETCH (UID ${n} FLAGS () INTERNALDATE "0${n}-Feb-2026 12:00:00 +0000")`,
    );
    return [...rows, `${tag} OK done`];
  };

describe("a range is read whatever the server's SEARCH says", () => {
  test.each<[string, (tag: string) => string[]]>([
    ["nothing", (tag) => ["* SEARCH", `${tag} OK done`]],
    ["no untagged answer", (tag) => [`${tag} OK done`]],
    ["too little", (tag) => ["* SEARCH 2", `${tag} OK done`]],
    ["NO", (tag) => [`${tag} NO search is not available`]],
    ["BAD", (tag) => [`${tag} BAD unknown command`]],
    ["the truth", (tag) => ["* SEARCH 2 3", `${tag} OK done`]],
  ])("%s", async (_name, onSearch) => {
    const { source } = await against(dated(onSearch));
    const range = { sinceMs: Date.UTC(2026, 1, 2) };
    const head = await source.head("INBOX", null);
    const page = await source.tail("INBOX", head.cursor, range, 10);
    expect(page).toMatchObject({ cursor: null, items: [{ key: "3" }, { key: "2" }] });
    expect(await source.estimate("INBOX", range)).toBe(2);
  });

  test("a pause that the server asks for is none of that", async () => {
    const { source } = await against(
      dated((tag) => [`${tag} BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds`]),
    );
    const head = await source.head("INBOX", null);
    await expect(source.tail("INBOX", head.cursor, { sinceMs: 0 }, 10)).rejects.toMatchObject({
      code: "throttled",
    });
  });
});

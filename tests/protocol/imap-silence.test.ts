/** A server that falls silent over one folder, or over one message, and answers everything else. */
import { afterEach, expect, test } from "vitest";
import type { FetchedMessage, MailSource } from "../../src/protocol/mail-source.ts";
import { against, closeAgainst } from "../support/against.ts";
import type { Script, ScriptedCommand } from "../support/scripted-imap.ts";

afterEach(closeAgainst);

const stuckAt =
  (what: (command: ScriptedCommand) => boolean): Script =>
  (command) => {
    if (what(command)) return [];
    const { name, tag, args } = command;
    if (name === "STATUS") return [`* STATUS ${args.split(" ")[0]} (MESSAGES 3)`, `${tag} OK done`];
    return undefined;
  };

const ofStuckFolder = ({ args }: ScriptedCommand): boolean => /Stuck/.test(args);

test.each([1, 2])(
  "a folder that hangs is that folder's trouble: the others go on (%i connections)",
  async (most) => {
    const { source } = await against(stuckAt(ofStuckFolder), { maxConnections: most });
    const silent = { code: "folder_unavailable", details: { reason: "silent" } };
    await expect(source.head("Stuck", null)).rejects.toMatchObject(silent);
    expect((await source.head("INBOX", null)).exists).toBe(3);
    await expect(source.listAll("Stuck")).rejects.toMatchObject(silent);
  },
);

test("where everything hangs, it is the server", async () => {
  let hangs = false;
  const { source } = await against(stuckAt(() => hangs));
  expect((await source.head("INBOX", null)).exists).toBe(3);
  hangs = true;
  await expect(source.head("INBOX", null)).rejects.toMatchObject({ code: "network_timeout" });
  await expect(source.peek(["INBOX"])).rejects.toMatchObject({ code: "network_timeout" });
});

test("a look at all folders passes over the one that hangs, and does not wait for it again at once", async () => {
  const { server, source } = await against(stuckAt(ofStuckFolder));
  const paths = ["INBOX", "Stuck", "Work"];
  expect([...(await source.peek(paths)).keys()]).toEqual(["INBOX", "Work"]);
  const asked = (): number => server.lines.filter((line) => /STATUS .*Stuck/.test(line)).length;
  expect(asked()).toBe(1);
  for (let n = 0; n < 3; n++) expect([...(await source.peek(paths)).keys()]).toEqual(["INBOX", "Work"]);
  expect(asked()).toBe(1);
});

test("watching a folder that hangs is that folder's trouble", async () => {
  const { source } = await against(stuckAt(ofStuckFolder), { maxConnections: 2 });
  const watching = source.watch(["Stuck", "INBOX"], new AbortController().signal)[Symbol.asyncIterator]();
  await expect(watching.next()).rejects.toMatchObject({ code: "folder_unavailable" });
});

async function read(source: MailSource, keys: string[]): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = [];
  for await (const message of source.fetch("INBOX", "7", keys, "auto")) messages.push(message);
  return messages;
}

const asks = (uid: number, args: string): boolean =>
  (args.split(" ")[0] ?? "").split(",").some((range) => {
    const [low = 0, high = low] = range.split(":").map(Number);
    return uid >= low && uid <= high;
  });

test("a message over which the server falls silent is unreadable, the others are read", async () => {
  const { source } = await against(({ name, tag, args }) => {
    if (name !== "UID FETCH") return undefined;
    const whole = args.includes("BODY.PEEK");
    if (whole && asks(2, args)) return [];
    const rows = [1, 2, 3]
      .filter((uid) => asks(uid, args))
      .map((uid) =>
        whole
          ? `* ${uid} FETCH (UID ${uid} BODY[] {15}\r\nSubject: ${uid}\r\n\r\nb)`
          : `* ${uid} FETCH (UID ${uid} FLAGS () RFC822.SIZE 15)`,
      );
    return [...rows, `${tag} OK done`];
  });
  const messages = await read(source, ["1", "2", "3"]);
  expect(messages.map(({ key, content }) => [key, content.kind])).toEqual([
    ["1", "source"],
    ["2", "unreadable"],
    ["3", "source"],
  ]);
});

test("a folder that gives out nothing at all is given up after a few tries", async () => {
  const { server, source } = await against(({ name }) => (name === "UID FETCH" ? [] : undefined));
  const keys = Array.from({ length: 200 }, (_, n) => String(n + 1));
  await expect(read(source, keys)).rejects.toMatchObject({
    code: "folder_unavailable",
    details: { reason: "silent" },
  });
  expect(server.lines.filter((line) => line.includes("UID FETCH")).length).toBeLessThan(12);
});

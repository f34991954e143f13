/** The watching connection between two IDLEs: what is brief goes over it, and nothing that it would have told is lost. */
import type net from "node:net";
import { afterEach, expect, test } from "vitest";
import { against, closeAgainst } from "../support/against.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import type { Script, ScriptedCommand } from "../support/scripted-imap.ts";
import { eventually } from "../support/eventually.ts";

afterEach(closeAgainst);

interface Watching {
  /** Paths as they were told; null: it watches from now on. */
  told: (string | null)[];
  ended: Promise<unknown>;
  stop(): void;
}

function watch(source: MailSource, ...paths: string[]): Watching {
  const stopping = new AbortController();
  const told: (string | null)[] = [];
  const ended = (async () => {
    for await (const { folderPath } of source.watch(paths, stopping.signal)) told.push(folderPath);
    return "ended";
  })().catch((error: unknown) => error);
  return { told, ended, stop: () => stopping.abort(new Error("the test is over")) };
}

/** A server that idles; remembers which socket, and which idles at the moment. */
function idling(script: Script = () => undefined): {
  script: Script;
  sockets: Set<net.Socket>;
  idles: () => net.Socket | null;
} {
  const sockets = new Set<net.Socket>();
  let idle: { tag: string; socket: net.Socket } | null = null;
  const on = (command: ScriptedCommand, socket: net.Socket): string[] | undefined => {
    if (!sockets.has(socket)) socket.once("close", () => sockets.delete(socket));
    sockets.add(socket);
    const answer = script(command, socket);
    if (answer !== undefined) return answer;
    if (command.name === "IDLE") {
      idle = { tag: command.tag, socket };
      return ["+ idling"];
    }
    if (command.name === "" && idle !== null) {
      const { tag } = idle; // DONE carries no tag
      idle = null;
      return [`${tag} OK idled`];
    }
    if (command.name !== "STATUS") return undefined;
    const path = command.args.split(" ")[0] ?? "";
    return [`* STATUS ${path} (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 0)`, `${command.tag} OK done`];
  };
  return { script: on, sockets, idles: () => idle?.socket ?? null };
}

const begun = async ({ told }: Watching, idles: () => unknown): Promise<void> => {
  await eventually(() => expect(told).toContain(null));
  await eventually(() => expect(idles()).not.toBeNull());
};

test("a mailbox at rest keeps one connection; looks go over it, and it idles again", async () => {
  const { script, sockets, idles } = idling();
  const { source, server } = await against(script, { keepMs: 100, maxConnections: 4 });
  await source.connect();
  const watching = watch(source, "INBOX");
  await begun(watching, idles);
  await eventually(() => expect(sockets.size).toBe(1));
  expect(server.lines.some((line) => line.endsWith("LOGOUT"))).toBe(true);
  const logins = (): number => server.lines.filter((line) => /LOGIN|AUTHENTICATE/.test(line)).length;
  expect(logins()).toBe(2);
  for (let n = 0; n < 3; n++) {
    expect([...(await source.peek(["INBOX", "Sent"])).keys()]).toEqual(["INBOX", "Sent"]);
    expect((await source.head("INBOX", null)).exists).toBe(3);
  }
  await eventually(() => expect(idles()).not.toBeNull());
  expect(logins()).toBe(2);
  idles()!.write("* 4 EXISTS\r\n");
  await eventually(() => expect(watching.told).toContain("INBOX"));
  watching.stop();
});

test("work that takes its time has a connection of its own", async () => {
  const { script, sockets, idles } = idling();
  const { source } = await against(script, { keepMs: 100, maxConnections: 4 });
  const watching = watch(source, "INBOX");
  await begun(watching, idles);
  await source.listAll("INBOX");
  expect(sockets.size).toBe(2);
  expect(idles()).not.toBeNull();
  watching.stop();
});

test("what came into the watched folder while another was open on its connection is told", async () => {
  let exists = 3;
  const { script, idles } = idling(({ name, args, tag }) => {
    if (name !== "EXAMINE") return undefined;
    const count = args.includes("INBOX") ? exists : 1;
    return [
      `* ${count} EXISTS`,
      "* OK [UIDVALIDITY 7] ok",
      `* OK [UIDNEXT ${count + 1}] ok`,
      `${tag} OK [READ-ONLY] done`,
    ];
  });
  const { source } = await against(script, { keepMs: 100, maxConnections: 4 });
  const watching = watch(source, "INBOX");
  await begun(watching, idles);
  await source.head("Sent", null);
  await eventually(() => expect(idles()).not.toBeNull());
  expect(watching.told).toEqual([null]);
  const looking = source.head("Sent", null);
  exists = 4;
  await looking;
  await eventually(() => expect(watching.told).toEqual([null, "INBOX"]));
  watching.stop();
});

test("a push by NOTIFY that comes in the middle of a STATUS is told, and does not pass for its answer", async () => {
  const { script, idles } = idling(({ name, args, tag }) => {
    if (name !== "STATUS" || !args.includes("Sent")) return undefined;
    return [
      "* STATUS Work (MESSAGES 9 UIDNEXT 10 UIDVALIDITY 7)",
      "* STATUS Sent (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 0)",
      "* STATUS Work (MESSAGES 8 UIDNEXT 10 UIDVALIDITY 7)",
      `${tag} OK done`,
    ];
  });
  const { source } = await against(script, {
    keepMs: 100,
    maxConnections: 4,
    capability: "IMAP4rev1 IDLE NOTIFY",
  });
  const watching = watch(source, "INBOX", "Sent", "Work");
  await begun(watching, idles);
  expect(await source.peek(["Sent"])).toEqual(new Map([["Sent", "3 4 7 0"]]));
  await eventually(() => expect(watching.told).toContain("Work"));
  watching.stop();
});

test("flags that change elsewhere while messages are fetched are told", async () => {
  const { script, idles } = idling(({ name, args, tag }) =>
    name === "UID FETCH" && args.startsWith("2 ")
      ? [
          '* 2 FETCH (UID 2 FLAGS () INTERNALDATE "01-Feb-2026 12:00:00 +0000" RFC822.SIZE 9 BODY[] {3}\r\nabc)',
          "* 1 FETCH (UID 1 FLAGS (\\Flagged))",
          `${tag} OK done`,
        ]
      : undefined,
  );
  const { source } = await against(script, { keepMs: 100, maxConnections: 4 });
  const watching = watch(source, "INBOX");
  await begun(watching, idles);
  for await (const message of source.fetch("INBOX", "7", ["2"], "source")) expect(message.key).toBe("2");
  await eventually(() => expect(watching.told).toContain("INBOX"));
  watching.stop();
});

test("a folder over which the server falls silent costs the watching, not the mailbox", async () => {
  const { script, idles } = idling(({ name, args }) =>
    name === "STATUS" && args.includes("Stuck") ? [] : undefined,
  );
  const { source } = await against(script, { keepMs: 100, maxConnections: 4 });
  const watching = watch(source, "INBOX");
  await begun(watching, idles);
  expect([...(await source.peek(["Stuck", "INBOX"])).keys()]).toEqual(["INBOX"]);
  expect(await watching.ended).toBe("ended");
});

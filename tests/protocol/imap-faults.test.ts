/** What Outlook and broken servers do, by script: each ends in a named error within its time, and no removal is invented. */
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import type { FetchedMessage, MailSource } from "../../src/protocol/mail-source.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import { against, closeAgainst } from "../support/against.ts";
import type { Script } from "../support/scripted-imap.ts";
import { silentLog } from "../support/silent-log.ts";

afterEach(closeAgainst);

const usual: Script = () => undefined;
const throttledLine = "BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds";

describe("signing in", () => {
  test("a server that hangs after the greeting, and one that never greets, end within the time", async () => {
    const hanging = await against(() => []);
    await expect(hanging.source.connect()).rejects.toMatchObject({ code: "network_timeout" });
    const silent = await against(usual, { greeting: null });
    await expect(silent.source.connect()).rejects.toMatchObject({ code: "network_timeout" });
  });

  test("who we are is told after the sign-in, too: NetEase opens no folder otherwise", async () => {
    let told = false;
    const netease: Script = ({ tag, name }, _socket) => {
      if (name === "LOGIN") told = false;
      if (name === "ID") {
        told = true;
        return ['* ID ("name" "Coremail Imap" "vendor" "Mailtech")', `${tag} OK ID completed`];
      }
      if (name === "LIST" && !told)
        return [`${tag} NO LIST Unsafe Login. Please contact kefu@188.com for help`];
      return undefined;
    };
    const { server, source } = await against(netease, { capability: "IMAP4rev1 ID" });
    await source.connect();
    expect(await source.listFolders()).toHaveLength(1);
    const said = server.lines.filter((line) => / (LOGIN|ID) /.test(line)).map((line) => line.split(" ")[1]);
    expect(said.slice(-2)).toEqual(["LOGIN", "ID"]);
    expect(server.lines.find((line) => / ID /.test(line))).toContain("Hitchpost");
  });

  test("a server that hides STARTTLS never sees the password", async () => {
    const { server, source } = await against(usual, {
      security: "starttls",
      capability: "IMAP4rev1 AUTH=PLAIN SASL-IR",
    });
    await expect(source.connect()).rejects.toMatchObject({
      code: "tls_failed",
      details: { reason: "starttls_missing" },
    });
    expect(server.lines.filter((line) => /LOGIN|AUTHENTICATE|secret|c2Vjcm/.test(line))).toEqual([]);
  });

  test("a name whose address is not loopback gets no password without TLS", async () => {
    const asked: string[] = [];
    const source = createImapSource({
      server: { host: "mail.example", port: 143, security: "none" },
      auth: async () => {
        asked.push("secret");
        return { user: "well", pass: "secret" };
      },
      dialer: {
        dial: async () => {
          const { server } = await against(usual);
          const dialed = await createDialer({ allowPrivateHosts: true }).dial({
            host: "127.0.0.1",
            port: server.port,
            tls: "none",
            timeoutMs: 1_000,
          });
          return { ...dialed, loopback: false };
        },
        assertAllowed: async () => undefined,
        addresses: async () => [],
      },
      clock: systemClock,
      log: silentLog,
    });
    await expect(source.connect()).rejects.toMatchObject({ code: "tls_required" });
    expect(asked).toEqual([]);
  });

  test.each<[answer: string, code: string]>([
    ["NO [AUTHENTICATIONFAILED] LogonDenied-BasicAuthBlocked-<UserType:OutlookCom>", "basic_auth_blocked"],
    ["NO LOGIN failed.", "auth_failed"],
    ["NO AUTHENTICATE failed.", "auth_failed"],
    ["BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds", "throttled"],
    ["NO [UNAVAILABLE] Temporary authentication failure", "connection_lost"],
  ])("%s is %s", async (answer, code) => {
    const { source } = await against(({ name, tag }) =>
      name === "LOGIN" ? [`${tag} ${answer}`] : undefined,
    );
    await expect(source.connect()).rejects.toMatchObject({ code });
  });

  test("signed in, but not connected", async () => {
    const { source } = await against(
      ({ name, tag }) =>
        name === "NAMESPACE" ? [`${tag} BAD User is authenticated but not connected.`] : undefined,
      {
        capability: "IMAP4rev1 NAMESPACE",
      },
    );
    await expect(source.connect()).rejects.toMatchObject({ code: "not_connected" });
  });

  test("an access token that Microsoft refuses, with the reason it sends", async () => {
    const challenge = Buffer.from('{"status":"400","schemes":"Bearer"}').toString("base64");
    const { source } = await against(
      ({ name, tag }, socket) => {
        if (name !== "AUTHENTICATE") return undefined;
        socket.once("data", () => socket.write(`${tag} NO AUTHENTICATE failed.\r\n`));
        return [`+ ${challenge}`];
      },
      { capability: "IMAP4rev1 AUTH=XOAUTH2 SASL-IR", auth: { user: "well", accessToken: "old" } },
    );
    await expect(source.connect()).rejects.toMatchObject({
      code: "auth_failed",
      details: { response: expect.stringContaining('"status":"400"') as string },
    });
  });
});

const seen = (uid: number) => ({ key: String(uid), flags: ["\\Seen"] });
const silent = (uid: number) => ({ key: String(uid), flags: null });

describe("a listing that is not proved concludes nothing", () => {
  test("throttling is told at once with its time, and holds for the whole mailbox without another word", async () => {
    const { server, source } = await against(({ name, tag }) =>
      name === "FETCH" ? [`${tag} ${throttledLine}`] : undefined,
    );
    const head = await source.head("INBOX", null);
    await expect(source.head("INBOX", head.cursor)).rejects.toMatchObject({
      code: "throttled",
      details: { retryAfterMs: 92_415 },
    });
    const said = server.lines.length;
    await expect(source.listAll("INBOX")).rejects.toMatchObject({ code: "throttled" });
    await expect(source.peek(["INBOX"])).rejects.toMatchObject({ code: "throttled" });
    expect(server.lines.length).toBe(said);
  });

  test.each<[string, string[]]>([
    ["OK with no rows", []],
    ["OK with one row missing", ["* 1 FETCH (UID 1 FLAGS ())", "* 3 FETCH (UID 3 FLAGS ())"]],
    [
      "OK with a row without its UID",
      ["* 1 FETCH (UID 1 FLAGS ())", "* 2 FETCH (FLAGS ())", "* 3 FETCH (UID 3 FLAGS ())"],
    ],
  ])("%s", async (_name, rows) => {
    const { source } = await against(({ name, tag }) =>
      name === "FETCH" ? [...rows, `${tag} OK done`] : undefined,
    );
    const head = await source.head("INBOX", null);
    await expect(source.head("INBOX", head.cursor)).rejects.toMatchObject({
      code: "protocol_error",
      details: { reason: "incomplete" },
    });
    await expect(source.listAll("INBOX")).rejects.toMatchObject({ code: "protocol_error" });
    await expect(source.tail("INBOX", head.cursor, { sinceMs: null }, 10)).rejects.toMatchObject({
      code: "protocol_error",
    });
  });

  test("rows in odd order and flag changes in between still make a proof", async () => {
    const rows = [
      "* 3 FETCH (FLAGS () UID 3)",
      "* 2 FETCH (FLAGS (\\Flagged))",
      "* 1 FETCH (UID 1 FLAGS ())",
      "* 9 EXISTS",
      "* 2 FETCH (UID 2 FLAGS (\\Seen))",
    ];
    const { source } = await against(({ name, tag }) =>
      name === "FETCH" ? [...rows, `${tag} OK done`] : undefined,
    );
    const { window } = await source.listAll("INBOX");
    expect(window.items).toEqual([
      { key: "1", flags: [] },
      { key: "2", flags: ["\\Seen"] },
      { key: "3", flags: [] },
    ]);
  });

  test("messages that answer nothing to FETCH are listed all the same, without flags", async () => {
    let now = { exists: 3, uidNext: 4 };
    const { source } = await against(({ name, tag, args }) => {
      if (name === "EXAMINE")
        return [
          `* ${now.exists} EXISTS`,
          "* OK [UIDVALIDITY 7] ok",
          `* OK [UIDNEXT ${now.uidNext}] ok`,
          `${tag} OK done`,
        ];
      const uids = Array.from({ length: now.exists }, (_, n) => n + 1);
      const from = /UID (\d+):\*/.exec(args)?.[1] ?? "1";
      if (name === "UID SEARCH")
        return [`* SEARCH ${uids.filter((uid) => uid >= Number(from)).join(" ")}`, `${tag} OK done`];
      if (!name.endsWith("FETCH")) return undefined;
      const rows = uids
        .filter((uid) => uid % 2 === 1)
        .map((uid) => `* ${uid} FETCH (UID ${uid} FLAGS (\\Seen))`);
      return [...rows, `${tag} OK done`];
    });
    const head = await source.head("INBOX", null);
    expect((await source.listAll("INBOX")).window.items).toEqual([seen(1), silent(2), seen(3)]);
    const tail = await source.tail("INBOX", head.cursor, { sinceMs: null }, 10);
    expect(tail.items).toEqual([seen(3), silent(2), seen(1)]);
    const ranged = await source.tail("INBOX", head.cursor, { sinceMs: 0 }, 10);
    expect(ranged.items).toEqual([seen(3), silent(2), seen(1)]);
    now = { exists: 6, uidNext: 7 };
    const next = await source.head("INBOX", head.cursor);
    expect(next.added).toEqual([silent(4), seen(5), silent(6)]);
    expect((await source.head("INBOX", next.cursor)).added).toEqual([]);
  });

  test("a UIDNEXT that falls is another folder under the same number", async () => {
    let uidNext = 9;
    const { source } = await against(({ name, tag }) =>
      name === "EXAMINE"
        ? ["* 3 EXISTS", "* OK [UIDVALIDITY 7] ok", `* OK [UIDNEXT ${uidNext}] ok`, `${tag} OK done`]
        : undefined,
    );
    const head = await source.head("INBOX", null);
    expect((await source.head("INBOX", head.cursor)).restarted).toBeUndefined();
    uidNext = 4;
    expect(await source.head("INBOX", head.cursor)).toMatchObject({
      restarted: true,
      epochKey: "7",
      windows: [],
    });
  });

  test("mod-sequences that fall tell nothing: the whole folder is listed", async () => {
    let modseq = 900;
    const { source } = await against(
      ({ name, tag, args }) => {
        if (name === "ENABLE") return [`* ENABLED ${args}`, `${tag} OK done`];
        if (name !== "EXAMINE") return undefined;
        const codes = ["UIDVALIDITY 7", "UIDNEXT 4", `HIGHESTMODSEQ ${modseq}`].map(
          (code) => `* OK [${code}] ok`,
        );
        return ["* 3 EXISTS", ...codes, `${tag} OK done`];
      },
      { capability: "IMAP4rev1 ENABLE CONDSTORE QRESYNC" },
    );
    const head = await source.head("INBOX", null);
    expect((await source.head("INBOX", head.cursor)).windows).toEqual([]);
    modseq = 12;
    const after = await source.head("INBOX", head.cursor, { window: 1, slice: 1 });
    expect(after.windows).toEqual([{ from: null, to: null, items: [seen(1), seen(2), seen(3)] }]);
    expect((await source.head("INBOX", after.cursor)).windows).toEqual([]);
  });

  test("the connection that breaks in the middle is lost, and the next call has a new one", async () => {
    const { source } = await against(({ name, times }, socket) => {
      if (name !== "FETCH" || times > 0) return undefined;
      socket.end("* 1 FETCH (UID 1 FLAGS ())\r\n* BYE Session invalidated - AccessTokenExpired\r\n");
      return [];
    });
    await expect(source.listAll("INBOX")).rejects.toMatchObject({
      code: "connection_lost",
      details: { reason: "token_expired" },
    });
    expect((await source.listAll("INBOX")).window.items.length).toBe(3);
  });

  test("silence in the middle ends within the time: of a server that answers otherwise it is the folder's", async () => {
    const { source } = await against(({ name }) =>
      name === "FETCH" ? ["* 1 FETCH (UID 1 FLAGS ())"] : undefined,
    );
    await expect(source.listAll("INBOX")).rejects.toMatchObject({
      code: "folder_unavailable",
      details: { reason: "silent" },
    });
  });
});

const read = async (source: MailSource, keys: string[]): Promise<FetchedMessage[]> => {
  const messages: FetchedMessage[] = [];
  for await (const message of source.fetch("INBOX", "7", keys, "auto")) messages.push(message);
  return messages;
};

const meta = (uid: number, size = 20) =>
  `* ${uid} FETCH (UID ${uid} FLAGS () INTERNALDATE "01-Feb-2026 10:00:00 +0000" RFC822.SIZE ${size} BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" ${size} 1))`;
const body = (uid: number) => `* ${uid} FETCH (UID ${uid} BODY[] {15}\r\nSubject: ${uid}\r\n\r\nb)`;

const within = (uid: number, args: string): boolean =>
  (args.split(" ")[0] ?? "").split(",").some((range) => {
    const [low = 0, high = low] = range.split(":").map(Number);
    return uid >= low && uid <= high;
  });

describe("one bad message never stops its folder", () => {
  const uids = [1, 2, 3];

  test("the server refuses the whole FETCH because of one: that one is unreadable", async () => {
    const { source } = await against(({ name, tag, args }) => {
      if (name !== "UID FETCH") return undefined;
      const asked = uids.filter((uid) => within(uid, args));
      if (!args.includes("BODY.PEEK")) return [...asked.map((uid) => meta(uid)), `${tag} OK done`];
      return within(2, args)
        ? [`${tag} NO Retrieval using the IMAP4 protocol failed`]
        : [...asked.map(body), `${tag} OK done`];
    });
    const messages = await read(source, ["1", "2", "3"]);
    expect(messages.map(({ key, content }) => [key, content.kind])).toEqual([
      ["1", "source"],
      ["2", "unreadable"],
      ["3", "source"],
    ]);
  });

  test("a server that cannot give out anything for a while makes no message unreadable", async () => {
    const { source } = await against(({ name, tag, args }) =>
      name === "UID FETCH" && args.includes("BODY.PEEK")
        ? [`${tag} NO [UNAVAILABLE] Storage is down`]
        : undefined,
    );
    await expect(read(source, ["1", "2", "3"])).rejects.toMatchObject({ code: "protocol_error" });
  });

  test("a structure that cannot be written, NIL content, and a message that is gone", async () => {
    const { source } = await against(({ name, tag, args }) => {
      if (name !== "UID FETCH") return undefined;
      const asked = uids.filter((uid) => within(uid, args));
      if (args.includes("BODY.PEEK"))
        return [
          ...asked.map((uid) => (uid === 2 ? `* 2 FETCH (UID 2 BODY[] NIL)` : body(uid))),
          `${tag} OK done`,
        ];
      const rows = args.includes("BODYSTRUCTURE")
        ? [meta(2), "* 1 FETCH (UID 1 RFC822.SIZE 20 BODYSTRUCTURE ((((broken"]
        : asked
            .filter((uid) => uid !== 3)
            .map((uid) => `* ${uid} FETCH (UID ${uid} FLAGS () RFC822.SIZE 20)`);
      return [...rows, `${tag} OK done`];
    });
    const messages = await read(source, ["1", "2", "3"]);
    expect(messages.map(({ key, content }) => [key, content.kind])).toEqual([
      ["1", "source"],
      ["2", "unreadable"],
    ]);
    expect(messages[0]?.structureDigest).toBeNull();
  });

  test("what another client removes between its listing and its content is gone, not unreadable", async () => {
    let removed = false;
    const { source } = await against(({ name, tag, args }) => {
      if (name === "NOOP") removed = true; // only then is this session told
      if (name !== "UID FETCH") return undefined;
      const asked = uids.filter((uid) => within(uid, args) && !(removed && uid === 2));
      if (!args.includes("BODY.PEEK")) return [...asked.map((uid) => meta(uid)), `${tag} OK done`];
      const rows = asked.map((uid) => (uid === 2 ? "* 2 FETCH (UID 2 BODY[] NIL)" : body(uid)));
      return [...rows, `${tag} OK [EXPUNGEISSUED] Some messages were already expunged`];
    });
    const messages = await read(source, ["1", "2", "3"]);
    expect(messages.map(({ key, content }) => [key, content.kind])).toEqual([
      ["1", "source"],
      ["3", "source"],
    ]);
  });

  test("a literal larger than any mail costs a connection and one message, not the rest", async () => {
    const { source } = await against(({ name, tag, args }) => {
      if (name !== "UID FETCH") return undefined;
      const asked = uids.filter((uid) => within(uid, args));
      if (!args.includes("BODY.PEEK")) return [...asked.map((uid) => meta(uid)), `${tag} OK done`];
      return [
        ...asked.map((uid) => (uid === 3 ? "* 3 FETCH (UID 3 BODY[] {999999999}" : body(uid))),
        `${tag} OK done`,
      ];
    });
    const messages = await read(source, ["1", "2", "3"]);
    expect(messages.map(({ key, content }) => [key, content.kind])).toEqual([
      ["1", "source"],
      ["2", "source"],
      ["3", "unreadable"],
    ]);
  });
});

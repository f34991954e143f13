/** The POP3 source against a scripted server: what it asks, what it makes of the answers. */
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import type { SignInAuth } from "../net/echo.ts";
import type { FetchedMessage, MailSource } from "../mail-source.ts";
import { createDialer } from "../net/dialer.ts";
import { pop3Error } from "./errors.ts";
import { receivedMs } from "./fetch.ts";
import { createPop3Source } from "./pop3-source.ts";
import { unstuffed } from "./reader.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} } as never;

interface Mail {
  uidl: string;
  raw: string;
}
const mail = (uidl: string, date = "Mon, 02 Feb 2026 10:00:00 +0000", body = "hello\r\n"): Mail => ({
  uidl,
  raw: `Received: from a by b; ${date}\r\nSubject: ${uidl}\r\n\r\n${body}`,
});

/** What the server holds and does; a test changes it. */
let mails: Mail[];
let refuse: Map<string, string>;
let asked: string[];
let server: net.Server;
let port: number;
let sources: MailSource[];

const lines = (rows: string[]): string => `${["+OK", ...rows, "."].join("\r\n")}\r\n`;
const stuff = (raw: string): string => raw.replaceAll(/^\./gm, "..");

function answer(line: string, holds: readonly Mail[]): string {
  const [verb = "", n = ""] = line.split(" ");
  const refusal = refuse.get(verb);
  if (refusal !== undefined) return `${refusal}\r\n`;
  switch (verb) {
    case "UIDL":
      return lines(holds.map(({ uidl }, index) => `${index + 1} ${uidl}`));
    case "LIST":
      return lines(holds.map(({ raw }, index) => `${index + 1} ${raw.length}`));
    case "TOP":
      return `+OK\r\n${stuff(holds[Number(n) - 1]!.raw.split("\r\n\r\n")[0]!)}\r\n\r\n.\r\n`;
    case "RETR":
      return `+OK\r\n${stuff(holds[Number(n) - 1]!.raw)}.\r\n`;
    case "AUTH":
      return "+ \r\n";
    default:
      return "+OK\r\n";
  }
}

beforeEach(async () => {
  [mails, refuse, asked, sources] = [[], new Map(), [], []];
  server = net.createServer((socket) => {
    const holds = [...mails]; // a session shows the mail of its beginning
    let pending = "";
    socket.on("error", () => undefined).write("+OK ready\r\n");
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      for (let at = pending.indexOf("\r\n"); at >= 0; at = pending.indexOf("\r\n")) {
        const line = pending.slice(0, at);
        pending = pending.slice(at + 2);
        asked.push(line);
        socket.write(answer(line, holds), "latin1");
        if (line === "QUIT") socket.end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as net.AddressInfo).port;
});
afterEach(async () => {
  for (const source of sources) await source.close();
  await new Promise((resolve) => server.close(resolve));
});

function sourceOf(
  auth: (refused?: string) => Promise<SignInAuth> = async () => ({ user: "u", pass: "secret" }),
) {
  const source = createPop3Source({
    server: { host: "127.0.0.1", port, security: "none" },
    auth,
    dialer: createDialer({ allowPrivateHosts: true }),
    clock: systemClock,
    log,
    pollMs: 50,
    keepMs: 20,
  });
  sources.push(source);
  return source;
}

async function read(source: MailSource, keys: string[], what: "auto" | "header" = "auto") {
  const found: FetchedMessage[] = [];
  for await (const one of source.fetch("INBOX", "pop3", keys, what)) found.push(one);
  return found;
}
const keys = (items: { key: string }[]): string[] => items.map(({ key }) => key);
const verbs = (): string[] => asked.map((line) => line.split(" ")[0]!);

describe("signing in", () => {
  test("Microsoft's two lines; a token that is refused is renewed once", async () => {
    let token = "old";
    refuse.set("AUTH", "-ERR Authentication failure: unknown user name or bad password.");
    const source = sourceOf(async (refused) => {
      if (refused !== undefined) {
        token = "new";
        refuse.delete("AUTH");
      }
      return { user: "u@x", accessToken: token };
    });
    await source.connect();
    const sent = asked[asked.lastIndexOf("AUTH XOAUTH2") + 1] ?? "";
    expect(Buffer.from(sent, "base64").toString()).toBe("user=u@x\u0001auth=Bearer new\u0001\u0001");
  });

  test.each([
    ["-ERR Logon failure: unknown user name or bad password.", "auth_failed"],
    ["-ERR Authentication failure. LogonDenied-BasicAuthBlocked-<UserType:OutlookCom>", "basic_auth_blocked"],
    ["-ERR POP3 is disabled for this account", "not_connected"],
    ["-ERR [SYS/TEMP] Server Unavailable. 15", "connection_lost"],
  ])("%s", async (line, code) => {
    refuse.set("PASS", line);
    await expect(sourceOf().connect()).rejects.toMatchObject({ code, details: { response: line } });
  });

  test("a pause is kept for all that follows", async () => {
    refuse.set("PASS", "-ERR Request is throttled. Suggested Backoff Time: 300000 milliseconds");
    const source = sourceOf();
    await expect(source.connect()).rejects.toMatchObject({
      code: "throttled",
      details: { retryAfterMs: 300_000 },
    });
    asked.length = 0;
    await expect(source.head("INBOX", null)).rejects.toMatchObject({ code: "throttled" });
    expect(asked).toEqual([]);
  });

  test("the password is not told by a server that repeats it", async () => {
    refuse.set("PASS", "-ERR you said secret");
    await expect(sourceOf().connect()).rejects.toMatchObject({ details: { response: "-ERR you said ····" } });
  });

  test("without UIDL a mailbox cannot be kept in step, and it is said so", async () => {
    refuse.set("UIDL", "-ERR unknown command");
    await expect(sourceOf().connect()).rejects.toMatchObject({
      code: "protocol_error",
      details: { reason: "no_uidl" },
    });
  });
});

describe("reading", () => {
  test("head and tail together tell every message once, newest first, whatever the page size", async () => {
    mails = ["a", "b", "c", "d", "e"].map((uidl) => mail(uidl));
    const source = sourceOf();
    const head = await source.head("INBOX", null);
    expect(head).toMatchObject({ added: [], exists: 5, windows: [] });
    mails.push(mail("f"));
    const first = await source.tail("INBOX", head.cursor, { sinceMs: null }, 2);
    mails = mails.filter(({ uidl }) => uidl !== "d" && uidl !== "b");
    await new Promise((resolve) => setTimeout(resolve, 60)); // the session of the first page has ended
    const second = await source.tail("INBOX", first.cursor!, { sinceMs: null }, 2);
    expect([keys(first.items), keys(second.items), second.cursor]).toEqual([["e", "d"], ["c", "a"], null]);
    const next = await sourceOf().head("INBOX", head.cursor);
    expect(keys(next.added)).toEqual(["f"]);
    expect(keys(next.windows[0]!.items)).toEqual(["a", "c", "e", "f"]);
  });

  test("where nothing changed nothing is listed for comparison, and the cursor stays", async () => {
    mails = [mail("a")];
    const source = sourceOf();
    const head = await source.head("INBOX", null);
    expect(await source.head("INBOX", head.cursor)).toEqual(head);
    expect(verbs().filter((verb) => verb === "UIDL").length).toBe(1); // the same look
  });

  test("a range is read by dates, and counted without reading them all", async () => {
    mails = [2022, 2023, 2024, 2025].map((n) => mail(`y${n}`, `Mon, 01 Jun ${n} 10:00:00 +0000`));
    const source = sourceOf();
    const head = await source.head("INBOX", null);
    const range = { sinceMs: Date.UTC(2024, 0, 1) };
    expect(await source.estimate("INBOX", range)).toBe(2);
    expect(verbs().filter((verb) => verb === "TOP").length).toBeLessThanOrEqual(3);
    const page = await source.tail("INBOX", head.cursor, range, 3);
    expect(keys(page.items)).toEqual(["y2025", "y2024"]);
    expect(await source.tail("INBOX", page.cursor!, range, 3)).toMatchObject({ items: [], cursor: null });
  });

  test("a message comes whole with its dots; a header by TOP; who is gone is left out", async () => {
    mails = [mail("a", undefined, ".first\r\n..\r\nlast\r\n")];
    const source = sourceOf();
    const [whole, ...none] = await read(source, ["a", "gone"]);
    expect(none).toEqual([]);
    expect(whole).toMatchObject({ key: "a", flags: [], internalDateMs: Date.UTC(2026, 1, 2, 10) });
    expect(Buffer.from((whole!.content as { raw: Uint8Array }).raw).toString()).toBe(mails[0]!.raw);
    asked.length = 0;
    const [header] = await read(source, ["a"], "header");
    expect(header!.content).toMatchObject({ kind: "parts", parts: { text: [] } });
    expect(verbs()).toContain("TOP");
    expect(verbs()).not.toContain("RETR");
    await expect(source.fetchPart("INBOX", "pop3", "gone", null)).rejects.toMatchObject({
      code: "message_gone",
    });
  });

  test("nothing can be changed, and nothing is ever deleted", async () => {
    mails = [mail("a")];
    const source = sourceOf();
    const intent = {
      kind: "flags",
      folderPath: "INBOX",
      epochKey: "pop3",
      keys: ["a"],
      add: ["\\Seen"],
    } as const;
    await expect(source.apply({ ...intent, keys: ["a"], add: ["\\Seen"] })).rejects.toMatchObject({
      code: "read_only",
    });
    await read(source, ["a"]);
    await source.close();
    expect(verbs()).not.toContain("DELE");
  });

  test("watching tells of new mail, and the look that follows needs no other sign-in", async () => {
    const source = sourceOf();
    await source.head("INBOX", null);
    const stop = new AbortController();
    for await (const { folderPath } of source.watch(["INBOX"], stop.signal)) {
      if (folderPath === null) mails.push(mail("a"));
      else stop.abort();
    }
    const signIns = verbs().filter((verb) => verb === "USER").length;
    expect((await source.head("INBOX", null)).exists).toBe(1);
    expect(verbs().filter((verb) => verb === "USER").length).toBe(signIns);
  });
});

test("dots at line begins are taken away, others stay", () => {
  const raw = Buffer.from("..a\r\n.\u00a0b\r\n...\r\nc..d\r\n", "latin1");
  expect(unstuffed(raw).toString("latin1")).toBe(".a\r\n.\u00a0b\r\n..\r\nc..d\r\n");
});

const at = (header: string): number | null => receivedMs(Buffer.from(header));

test("when it arrived is told by the last server's line, folded or not", () => {
  expect(
    at(
      "Subject: x\r\nReceived: from a; by\r\n b (c);\r\n\tMon, 02 Feb 2026 10:00:00 +0000\r\nReceived: z; Tue, 03 Feb 2026 10:00:00 +0000\r\n\r\n",
    ),
  ).toBe(Date.UTC(2026, 1, 2, 10));
  expect(at("Subject: x\r\n\r\n")).toBeNull();
});

test("what a refused command means is told apart from a refused sign-in", () => {
  expect(pop3Error("-ERR no such message", "h:1", "command", "x").code).toBe("protocol_error");
  expect(pop3Error("-ERR [IN-USE] mailbox locked", "h:1", "login", "x")).toMatchObject({
    code: "connection_lost",
    details: { reason: "in_use" },
  });
});

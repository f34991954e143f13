import net from "node:net";
import { SMTPServer } from "smtp-server";
import type { SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, test } from "vitest";
import { HitchpostError } from "../../core/errors.ts";
import { createDialer } from "../net/dialer.ts";
import type { SmtpAuth } from "./smtp-sender.ts";
import { createSmtpSender } from "./smtp-sender.ts";

interface Received {
  from: string;
  to: string[];
  raw: string;
  user: string;
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function submission(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authMethods: ["PLAIN", "LOGIN", "XOAUTH2"],
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    closeTimeout: 100,
    disableReverseLookup: true,
    onAuth(auth, _session, done) {
      const good = auth.method === "XOAUTH2" ? auth.accessToken === "token" : auth.password === "secret";
      if (good) return done(null, { user: auth.username ?? "" });
      done(Object.assign(new Error("5.7.3 Authentication unsuccessful"), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
          user: String(session.user),
        });
        done(null, "2.0.0 OK <replaced@example>");
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as net.AddressInfo).port, received };
}

const senderFor = (
  port: number,
  auth: SmtpAuth = { user: "well@example", pass: "secret" },
  security: "none" | "starttls" | "tls" = "none",
  totalMs = 8_000,
) =>
  createSmtpSender({
    server: { host: "127.0.0.1", port, security },
    auth: async () => auth,
    dialer: createDialer({ allowPrivateHosts: true }),
    timeouts: { totalMs },
  });

const raw = Buffer.from("Subject: hi\r\n\r\nfirst\r\n.dot line\r\nlast\r\n");
const envelope = { from: "well@example", to: ["other@example"] };
const envelopeTo = (...names: string[]) => ({
  from: "well@example",
  to: names.map((name) => `${name}@example`),
});
const open = () => undefined;

describe("send", () => {
  test("hands the message over once, dots kept, by password and by token", async () => {
    const { port, received } = await submission();
    const stages: string[] = [];
    const receipt = await senderFor(port).send(raw, envelope, (stage) => void stages.push(stage));
    expect(receipt.response).toContain("replaced@example");
    await senderFor(port, { user: "well@example", accessToken: "token" }).send(raw, envelope, open);
    expect(stages).toEqual(["data", "dot"]);
    expect(received.map(({ raw: text }) => text)).toEqual([raw.toString(), raw.toString()]);
    expect(received[0]).toMatchObject({ from: "well@example", to: ["other@example"], user: "well@example" });
  });

  test("verify signs in and sends nothing; a wrong secret says so", async () => {
    const { port, received } = await submission();
    await senderFor(port).verify();
    await expect(senderFor(port, { user: "a", pass: "wrong" }).verify()).rejects.toMatchObject({
      code: "auth_failed",
    });
    await expect(senderFor(port, { user: "a", accessToken: "old" }).verify()).rejects.toMatchObject({
      code: "auth_failed",
      details: { response: expect.stringContaining("5.7.3") as string },
    });
    expect(received).toEqual([]);
  });

  test("a token that is refused is renewed once; the same one again is not tried again", async () => {
    const { port } = await submission();
    const asked: (string | undefined)[] = [];
    const sender = (renewed: string) =>
      createSmtpSender({
        server: { host: "127.0.0.1", port, security: "none" },
        auth: async (refused) => {
          asked.push(refused);
          return { user: "well@example", accessToken: refused === undefined ? "old" : renewed };
        },
        dialer: createDialer({ allowPrivateHosts: true }),
      });
    await sender("token").verify();
    await expect(sender("older").verify()).rejects.toMatchObject({ code: "auth_failed" });
    await expect(sender("old").verify()).rejects.toMatchObject({ code: "auth_failed" });
    expect(asked).toEqual([undefined, "old", undefined, "old", undefined, "old"]);
  });

  test("a server that answers with the password does not get it into the error", async () => {
    const { port } = await submission({
      onAuth: ({ password }, _session, done) =>
        done(Object.assign(new Error(`5.7.8 ${password} is not it`), { responseCode: 535 })),
    });
    const error: unknown = await senderFor(port, { user: "a", pass: "canary-password" })
      .verify()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "auth_failed", details: { response: "535 5.7.8 ···· is not it" } });
    expect(String((error as Error).cause)).not.toContain("canary");
  });

  test.each(["data", "dot"] as const)("a gate that closes at %s keeps the message here", async (at) => {
    const { port, received } = await submission();
    const gate = (stage: string) => {
      if (stage === at) throw new HitchpostError("fence_lost", "another owner");
    };
    await expect(senderFor(port).send(raw, envelope, gate)).rejects.toMatchObject({ code: "fence_lost" });
    await senderFor(port).verify(); // a later turn of the server: whatever came before has been handled
    expect(received).toEqual([]);
  });

  test("an answer is certain: 5xx for good, 4xx later", async () => {
    const refusing = await submission({
      onData: (stream, _session, done) =>
        void stream
          .resume()
          .on("end", () => done(Object.assign(new Error("5.2.252 SendAsDenied"), { responseCode: 554 }))),
    });
    await expect(senderFor(refusing.port).send(raw, envelope, open)).rejects.toMatchObject({
      code: "send_rejected",
    });
    const busy = await submission({
      onData: (stream, _session, done) =>
        void stream
          .resume()
          .on("end", () => done(Object.assign(new Error("4.3.2 busy"), { responseCode: 432 }))),
    });
    await expect(senderFor(busy.port).send(raw, envelope, open)).rejects.toMatchObject({ code: "throttled" });
  });

  test.each([true, false])("all recipients or none (pipelined: %s)", async (pipelined) => {
    const { port, received } = await submission({
      hidePIPELINING: !pipelined,
      onRcptTo({ address }, _session, done) {
        const code = address.startsWith("bad") ? 550 : address.startsWith("busy") ? 450 : null;
        done(code === null ? null : Object.assign(new Error("no"), { responseCode: code }));
      },
    });
    await expect(senderFor(port).send(raw, envelopeTo("good", "bad", "busy"), open)).rejects.toMatchObject({
      code: "send_rejected",
      message: expect.stringContaining("bad@example, busy@example") as string,
      details: { reason: "recipient", response: "bad@example: 550 no; busy@example: 450 no" },
    });
    await expect(senderFor(port).send(raw, envelopeTo("good", "busy"), open)).rejects.toMatchObject({
      code: "throttled",
      details: { response: "busy@example: 450 no" },
    });
    await expect(senderFor(port).send(raw, envelopeTo("bad", "busy"), open)).rejects.toMatchObject({
      code: "send_rejected",
    });
    await senderFor(port).verify(); // a later turn of the server: whatever came before has been handled
    expect(received).toEqual([]);
  });

  test("a domain beyond ASCII goes into the envelope in its ASCII form", async () => {
    const { port, lines } = await scripted({ answer: { to: ".", text: "250 ok" } });
    await senderFor(port).send(raw, { from: "well@example", to: ["info@bücher.example"] }, open);
    expect(lines).toContain("RCPT TO:<info@xn--bcher-kva.example>");
  });

  test("addresses that would break the protocol are refused before anything is dialed", async () => {
    const bad = { from: "well@example", to: ["a@b>\r\nRCPT TO:<c@d"] };
    await expect(senderFor(1).send(raw, bad, open)).rejects.toMatchObject({ code: "recipient_invalid" });
  });
});

const verbs = ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."] as const;
type Verb = (typeof verbs)[number];

/** A server that speaks by a script: what it says to each line, and what it does once the dot is there. */
async function scripted(options: {
  ehlo?: string;
  /** Instead of the usual answer. */
  answer?: { to: Verb; text: string };
  /** Where it falls silent, and whom it tells. */
  silent?: { at: Verb; tell: () => void };
  atData?: (socket: net.Socket) => void;
  atDot?: (socket: net.Socket) => void;
}) {
  const usual: Record<Verb | "STARTTLS", string | null> = {
    greeting: "220 ready",
    EHLO: options.ehlo ?? "250-hi\r\n250 AUTH PLAIN",
    AUTH: "235 in",
    MAIL: "250 ok",
    RCPT: "250 ok",
    DATA: "354 go",
    ".": null,
    STARTTLS: "502 no",
  };
  const { answer, silent } = options;
  if (answer) usual[answer.to] = answer.text;
  const lines: string[] = [];
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    const say = (to: keyof typeof usual) => {
      if (silent?.at === to) silent.tell();
      else if (usual[to] !== null) socket.write(`${usual[to]}\r\n`);
    };
    say("greeting");
    let inData = false;
    let pending = "";
    socket.on("data", (chunk) => {
      pending += chunk.toString();
      for (let end = pending.indexOf("\r\n"); end >= 0; end = pending.indexOf("\r\n")) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        lines.push(line);
        const verb = [...verbs, "STARTTLS" as const].find((one) =>
          line.replace("HELO", "EHLO").startsWith(one),
        );
        if (inData) {
          if (line !== ".") continue;
          say(".");
          options.atDot?.(socket);
        } else if (verb === undefined) socket.write("250 ok\r\n");
        else {
          inData = verb === "DATA" && usual.DATA?.startsWith("3") === true;
          say(verb);
          if (inData) options.atData?.(socket);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => void server.close());
  return { port: (server.address() as net.AddressInfo).port, lines };
}

describe("a connection that breaks", () => {
  const large = Buffer.concat([
    Buffer.from("Subject: big\r\n\r\n"),
    Buffer.alloc(8 * 1024 * 1024, "line of text\r\n"),
  ]);

  test("before the dot: certainly not sent", async () => {
    const { port, lines } = await scripted({ atData: (socket) => setTimeout(() => socket.destroy(), 5) });
    await expect(senderFor(port).send(large, envelope, open)).rejects.toMatchObject({
      code: "connection_lost",
    });
    expect(lines).not.toContain(".");
  });

  test("after the dot: unclear", async () => {
    const { port, lines } = await scripted({ atDot: (socket) => socket.destroy() });
    await expect(senderFor(port).send(raw, envelope, open)).rejects.toMatchObject({ code: "send_unclear" });
    expect(lines).toContain(".");
  });

  test.each(verbs)("a server that falls silent at %s: the wait has an end", async (at) => {
    const time = new AbortController();
    const tell = () => time.abort(new DOMException("the time is over", "TimeoutError"));
    const { port } = await scripted({ silent: { at, tell } });
    await expect(senderFor(port).send(raw, envelope, open, time.signal)).rejects.toMatchObject({
      code: at === "." ? "send_unclear" : "network_timeout",
    });
  });

  test.each(verbs)("an answer of 4xx at %s is tried again later, one of 5xx tells a person", async (verb) => {
    const code = async (text: string) => {
      const { port } = await scripted({ answer: { to: verb, text } });
      const sending = senderFor(port).send(raw, envelope, open);
      return sending.then(
        () => "sent",
        (error: unknown) => (error as HitchpostError).code,
      );
    };
    expect(await code("450 4.7.0 later")).toBe("throttled");
    const refusedAt = { greeting: "connection_lost", EHLO: "connection_lost", AUTH: "auth_failed" };
    expect(await code("550 5.7.1 no")).toBe(verb in refusedAt ? refusedAt[verb as "AUTH"] : "send_rejected");
  });

  test("a server that says yes before it has the whole message did not take it", async () => {
    const { port, lines } = await scripted({ atData: (socket) => void socket.write("250 ok already\r\n") });
    await expect(senderFor(port).send(large, envelope, open)).rejects.toMatchObject({
      code: "protocol_error",
    });
    expect(lines).not.toContain(".");
  });

  test("a server that hides STARTTLS gets no password", async () => {
    const { port, lines } = await scripted({});
    await expect(senderFor(port, undefined, "starttls").verify()).rejects.toMatchObject({
      code: "tls_failed",
      details: { reason: "starttls_missing" },
    });
    expect(lines.some((line) => line.startsWith("AUTH"))).toBe(false);
  });

  test("a server that greets nobody ends within the time", async () => {
    const server = net.createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => void server.close());
    const { port } = server.address() as net.AddressInfo;
    await expect(senderFor(port, undefined, "none", 200).verify()).rejects.toMatchObject({
      code: "network_timeout",
    });
  });
});

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
const open = () => undefined;

describe("send", () => {
  test("hands the message over once, dots kept, by password and by token", async () => {
    const { port, received } = await submission();
    const stages: string[] = [];
    const receipt = await senderFor(port).send(raw, envelope, (stage) => void stages.push(stage));
    expect(receipt).toMatchObject({
      accepted: ["other@example"],
      rejected: [],
      response: expect.stringContaining("replaced@example") as string,
    });
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

  test.each(["data", "dot"] as const)("a gate that closes at %s keeps the message here", async (at) => {
    const { port, received } = await submission();
    const gate = (stage: string) => {
      if (stage === at) throw new HitchpostError("fence_lost", "another owner");
    };
    await expect(senderFor(port).send(raw, envelope, gate)).rejects.toMatchObject({ code: "fence_lost" });
    await senderFor(port).verify(); // a later turn of the server: whatever came before has been handled
    expect(received).toEqual([]);
  });

  test("an answer is certain: 5xx for good, 4xx later, some recipients refused", async () => {
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
    const picky = await submission({
      onRcptTo: ({ address }, _session, done) =>
        done(
          address.startsWith("bad") ? Object.assign(new Error("5.1.1 unknown"), { responseCode: 550 }) : null,
        ),
    });
    const receipt = await senderFor(picky.port).send(
      raw,
      { from: "well@example", to: ["bad@example", "good@example"] },
      open,
    );
    expect(receipt.accepted).toEqual(["good@example"]);
    expect(receipt.rejected).toMatchObject([{ address: "bad@example" }]);
    await expect(
      senderFor(picky.port).send(raw, { from: "well@example", to: ["bad@example"] }, open),
    ).rejects.toMatchObject({ code: "send_rejected" });
  });

  test("addresses that would break the protocol are refused before anything is dialed", async () => {
    const bad = { from: "well@example", to: ["a@b>\r\nRCPT TO:<c@d"] };
    await expect(senderFor(1).send(raw, bad, open)).rejects.toMatchObject({ code: "recipient_invalid" });
  });
});

/** A server that speaks by a script: what it says to each line, and what it does once the dot is there. */
async function scripted(options: {
  ehlo?: string;
  atData?: (socket: net.Socket) => void;
  atDot?: (socket: net.Socket) => void;
}) {
  const lines: string[] = [];
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write("220 ready\r\n");
    let inData = false;
    let pending = "";
    socket.on("data", (chunk) => {
      pending += chunk.toString();
      for (let end = pending.indexOf("\r\n"); end >= 0; end = pending.indexOf("\r\n")) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        lines.push(line);
        if (inData) {
          if (line === ".") options.atDot?.(socket);
        } else if (line === "DATA") {
          inData = true;
          socket.write("354 go\r\n");
          options.atData?.(socket);
        } else if (line.startsWith("EHLO")) socket.write(options.ehlo ?? "250-hi\r\n250 AUTH PLAIN\r\n");
        else if (line.startsWith("AUTH")) socket.write("235 in\r\n");
        else socket.write(line.startsWith("STARTTLS") ? "502 no\r\n" : "250 ok\r\n");
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

  test("silence after the dot: unclear when the time is over", async () => {
    const { port } = await scripted({});
    await expect(senderFor(port, undefined, "none", 300).send(raw, envelope, open)).rejects.toMatchObject({
      code: "send_unclear",
    });
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

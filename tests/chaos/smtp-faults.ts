/**
 * A submission server as Outlook's: replaces Message-IDs, files the copy in Sent itself, late. It stops where a run wants
 * it to: before the final dot, after it without an answer, having taken the message or not.
 */
import { randomBytes } from "node:crypto";
import net from "node:net";
import { markIn, plainText } from "./mails.ts";
import type { Random } from "./random.ts";
import type { Delivered } from "./states.ts";
import type { Tally } from "./tally.ts";

/** Chances for one hand-over; what is left is the good case. */
export interface SmtpFaultRates {
  cutBeforeDot: number;
  /** Taken, and the connection ends before the answer. */
  takenUnanswered: number;
  /** Not taken, and the connection ends after the dot. */
  lostUnanswered: number;
  /** Refused for a while. */
  refused: number;
}

export const noSmtpFaults: SmtpFaultRates = {
  cutBeforeDot: 0,
  takenUnanswered: 0,
  lostUnanswered: 0,
  refused: 0,
};

export interface TakenReply extends Delivered {
  /** With angle brackets: as it stands in what left. */
  messageId: string;
  /** For the Sent folder. */
  raw: string;
}

export interface SmtpFaultOptions {
  random: Random;
  tally: Tally;
  /** `keep`: the Message-ID stays; `replace`: another, ours moves to a header; `silent`: another, and nothing tells. */
  messageIds: "keep" | "replace" | "silent";
  /** The answer names the new id. */
  tellsId: boolean;
  enter?(): () => void;
  /** Called once for each message that was taken. */
  onTaken(reply: TakenReply): void;
}

export interface SmtpFaults {
  port: number;
  rates: SmtpFaultRates;
  readonly delivered: Delivered[];
  /** Ends all connections at once. */
  cutAll(): void;
  stop(): Promise<void>;
}

export async function startSmtpFaults(options: SmtpFaultOptions): Promise<SmtpFaults> {
  const sockets = new Set<net.Socket>();
  const sessions = new WeakSet<Session>();
  const desk = { rates: noSmtpFaults, delivered: [] as Delivered[] };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const leave = options.enter?.() ?? (() => undefined);
    socket.on("error", () => undefined); // it closes then
    socket.on("close", () => {
      sockets.delete(socket);
      leave();
    });
    sessions.add(new Session(socket, desk, options));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return Object.assign(desk, {
    port: (server.address() as net.AddressInfo).port,
    cutAll,
    stop: async () => {
      cutAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

type Desk = { rates: SmtpFaultRates; delivered: Delivered[] };

class Session {
  readonly #socket: net.Socket;
  readonly #desk: Desk;
  readonly #options: SmtpFaultOptions;
  #to: string[] = [];
  #body: string[] | null = null;
  #cutAfterLines = Number.POSITIVE_INFINITY;
  #rest = "";

  constructor(socket: net.Socket, desk: Desk, options: SmtpFaultOptions) {
    this.#socket = socket;
    this.#desk = desk;
    this.#options = options;
    socket.on("data", (chunk: Buffer) => this.#read(chunk.toString("latin1")));
    this.#say("220 chaos.example");
  }

  #say(line: string): void {
    if (this.#socket.writable) this.#socket.write(`${line}\r\n`);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#socket.destroyed) return;
      this.#take(line);
    }
  }

  #take(line: string): void {
    if (this.#body === null) return this.#command(line);
    if (this.#body.length >= this.#cutAfterLines) return void this.#socket.destroy();
    if (line !== ".") return void this.#body.push(line.replace(/^\./, ""));
    const whole = this.#body.join("\r\n");
    this.#body = null;
    this.#endOfBody(whole);
  }

  #command(line: string): void {
    if (/^EHLO/i.test(line)) return this.#say("250-chaos.example\r\n250-8BITMIME\r\n250 AUTH PLAIN XOAUTH2");
    if (/^AUTH/i.test(line)) return this.#say("235 2.7.0 in");
    if (/^DATA/i.test(line)) return this.#beginBody();
    if (/^MAIL/i.test(line)) this.#to = [];
    if (/^RCPT/i.test(line)) this.#to.push(/<(.*?)>/.exec(line)?.[1] ?? "");
    this.#say(/^QUIT/i.test(line) ? "221 bye" : "250 ok");
    if (/^QUIT/i.test(line)) this.#socket.end();
  }

  #beginBody(): void {
    const { random, tally } = this.#options;
    this.#body = [];
    const cuts = random.chance(this.#desk.rates.cutBeforeDot);
    if (cuts) tally.add("stopped before the dot");
    this.#cutAfterLines = cuts ? random.int(0, 12) : Number.POSITIVE_INFINITY;
    this.#say("354 go on");
  }

  #endOfBody(raw: string): void {
    const { random, tally, tellsId, onTaken } = this.#options;
    const { rates, delivered } = this.#desk;
    if (random.chance(rates.lostUnanswered)) {
      tally.add("lost after the dot");
      this.#socket.destroy();
      return;
    }
    if (random.chance(rates.refused)) {
      tally.add("refused for a while");
      return this.#say("451 4.3.2 Try again later");
    }
    const taken = take(raw, this.#to, this.#options);
    delivered.push({ mark: taken.mark, to: taken.to });
    onTaken(taken);
    if (random.chance(rates.takenUnanswered)) {
      tally.add("taken without an answer");
      this.#socket.destroy();
      return;
    }
    this.#say(`250 2.0.0 OK${tellsId ? ` ${taken.messageId}` : ""} [Hostname=chaos.example]`);
  }
}

const headerLine = /^message-id:.*\r\n(?:[ \t].*\r\n)*/im;

function take(raw: string, to: string[], { messageIds }: SmtpFaultOptions): TakenReply {
  const mark = markIn(plainText(raw));
  if (mark === null) throw new Error("a reply without a mark");
  const own = /^message-id:\s*(<[^>]*>)/im.exec(raw)?.[1] ?? "";
  if (messageIds === "keep") return { mark, to, messageId: own, raw };
  const messageId = `<${randomBytes(12).toString("hex")}@chaos.example>`;
  const told = messageIds === "replace" ? `X-Microsoft-Original-Message-ID: ${own}\r\n` : "";
  return { mark, to, messageId, raw: raw.replace(headerLine, `Message-ID: ${messageId}\r\n${told}`) };
}

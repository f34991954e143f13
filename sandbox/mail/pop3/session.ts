/**
 * One POP3 connection (RFC 1939, RFC 2449, RFC 5034), as outlook.office365.com:995 speaks:
 *
 *   AUTHORIZATION ── USER and PASS, AUTH ──▶ TRANSACTION ── QUIT ──▶ UPDATE ──▶ end
 *
 * XOAUTH2 comes in two lines: `AUTH XOAUTH2`, the server's `+`, then the response. In one line it is a protocol error.
 * https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
 */
import type { Switches } from "../../switches.ts";
import { behaviourOf } from "../behaviour.ts";
import { readXoauth2 } from "../sign-in.ts";
import type { SignedIn, SignIn } from "../sign-in.ts";
import type { MailStore } from "../store/mail-store.ts";
import { Maildrop } from "./maildrop.ts";
import type { Listed } from "./maildrop.ts";

export type PopSurroundings = { store: MailStore; signIn: SignIn; switches: Switches };

/** Lines out; a message goes as bytes. */
export type PopWire = { line(text: string): void; bytes(bytes: Buffer): void };

const oauthFailed = "-ERR Authentication failure: unknown user name or bad password.";
const passwordFailed = "-ERR Logon failure: unknown user name or bad password.";
const protocolError = "-ERR Protocol error. 14";
const noMessage = "-ERR The specified message does not exist.";

export class PopSession {
  readonly #around: PopSurroundings;
  readonly #wire: PopWire;
  #user: string | null = null;
  /** What the next line answers. */
  #awaited: "XOAUTH2" | "PLAIN" | null = null;
  #maildrop: Maildrop | null = null;
  ended = false;

  constructor(around: PopSurroundings, wire: PopWire) {
    this.#around = around;
    this.#wire = wire;
    wire.line("+OK The Microsoft Exchange POP3 service is ready. [SANDBOX]");
  }

  /** Answers one line, without its line break. */
  take(line: string): void {
    const awaited = this.#awaited;
    this.#awaited = null;
    if (awaited !== null) return this.#authenticate(awaited, line);
    const [word = "", ...args] = line.trim().split(/\s+/);
    const command = word.toUpperCase();
    if (command === "CAPA") return this.#capabilities();
    if (command === "QUIT") return this.#quit();
    if (this.#maildrop) return this.#transaction(this.#maildrop, command, args);
    this.#authorization(command, args);
  }

  #capabilities(): void {
    for (const line of ["+OK", "TOP", "UIDL", "SASL PLAIN XOAUTH2", "USER", "."]) this.#wire.line(line);
  }

  #authorization(command: string, args: string[]): void {
    const [first = ""] = args;
    const mechanism = first.toUpperCase();
    if (command === "USER" && args.length === 1) {
      this.#user = first;
      this.#wire.line("+OK");
    } else if (command === "PASS" && this.#user !== null) this.#withPassword(this.#user, args.join(" "));
    else if (command === "AUTH" && args.length === 1 && (mechanism === "XOAUTH2" || mechanism === "PLAIN")) {
      this.#awaited = mechanism;
      this.#wire.line("+ ");
    } else this.#wire.line(protocolError);
  }

  #authenticate(mechanism: "XOAUTH2" | "PLAIN", line: string): void {
    if (mechanism === "PLAIN") {
      const [, user = "", password = ""] = Buffer.from(line, "base64").toString("utf8").split("\0");
      return this.#withPassword(user, password);
    }
    const claimed = readXoauth2(line);
    const { signIn } = this.#around;
    const signedIn = claimed && signIn.byToken(claimed.user, claimed.accessToken, "POP.AccessAsUser.All");
    if (signedIn) this.#open(signedIn);
    else this.#wire.line(oauthFailed);
  }

  #withPassword(user: string, password: string): void {
    const answer = this.#around.signIn.byPassword(user, password);
    if (typeof answer === "string") this.#wire.line(passwordFailed);
    else this.#open(answer);
  }

  #open({ persona }: SignedIn): void {
    const { store, switches } = this.#around;
    switches.asked(persona);
    const refusal = behaviourOf(persona, switches).pop;
    const mailboxId = store.mailboxId(persona.address);
    if (refusal !== null || mailboxId === null) return this.#wire.line(refusal ?? passwordFailed);
    this.#maildrop = new Maildrop(store, mailboxId);
    this.#wire.line("+OK User successfully logged on.");
  }

  #transaction(maildrop: Maildrop, command: string, args: string[]): void {
    switch (command) {
      case "STAT": {
        const all = maildrop.all();
        return this.#wire.line(`+OK ${all.length} ${total(all)}`);
      }
      case "LIST":
        return this.#listing(maildrop, args, (message) => String(message.size));
      case "UIDL":
        return this.#listing(maildrop, args, (message) => message.uidl);
      case "RETR":
        return this.#message(maildrop, args, null);
      case "TOP":
        return this.#message(maildrop, args, Number(args[1] ?? Number.NaN));
      case "DELE":
        return this.#delete(maildrop, args);
      case "RSET":
        maildrop.reset();
        return this.#wire.line("+OK");
      case "NOOP":
        return this.#wire.line("+OK");
      default:
        this.#wire.line(protocolError);
    }
  }

  #listing(maildrop: Maildrop, [number]: string[], show: (message: Listed) => string): void {
    if (number !== undefined) {
      const message = maildrop.get(Number(number));
      return this.#wire.line(message ? `+OK ${number} ${show(message)}` : noMessage);
    }
    const all = maildrop.all();
    this.#wire.line(`+OK ${all.length} ${total(all)}`);
    for (const one of all) this.#wire.line(`${one.number} ${show(one.message)}`);
    this.#wire.line(".");
  }

  /** `bodyLines` null: the whole message. */
  #message(maildrop: Maildrop, [number]: string[], bodyLines: number | null): void {
    if (bodyLines !== null && !(Number.isInteger(bodyLines) && bodyLines >= 0)) {
      return this.#wire.line(protocolError);
    }
    const message = maildrop.get(Number(number));
    const raw = message && maildrop.raw(message, bodyLines !== 0);
    if (!message || !raw) return this.#wire.line(noMessage);
    this.#wire.line(bodyLines === null ? `+OK ${message.size} octets` : "+OK");
    this.#wire.bytes(stuffed(bodyLines === null ? raw : topOf(raw, bodyLines)));
    this.#wire.line(".");
  }

  #delete(maildrop: Maildrop, [number]: string[]): void {
    if (!maildrop.get(Number(number))) return this.#wire.line(noMessage);
    maildrop.markDeleted(Number(number));
    this.#wire.line("+OK");
  }

  #quit(): void {
    this.#maildrop?.update();
    this.#wire.line("+OK Microsoft Exchange Server POP3 server signing off.");
    this.ended = true;
  }
}

const total = (all: { message: Listed }[]): number => all.reduce((sum, { message }) => sum + message.size, 0);

/** The header and so many lines of the body (RFC 1939 7, TOP). */
function topOf(raw: Buffer, bodyLines: number): Buffer {
  const text = raw.toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  if (!end) return raw;
  const header = text.slice(0, end.index + end[0].length);
  const body = text.slice(header.length).split("\n").slice(0, bodyLines);
  const lines = body.map((line) => `${line.replace(/\r$/, "")}\r\n`).join("");
  return Buffer.from(header + lines, "latin1");
}

/** Byte-stuffed, and ended by a line break (RFC 1939 3). */
function stuffed(raw: Buffer): Buffer {
  const text = raw.toString("latin1").replaceAll(/(^|\n)\./g, "$1..");
  return Buffer.from(text.endsWith("\n") ? text : `${text}\r\n`, "latin1");
}

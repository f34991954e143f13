/** For the tests of this folder: a sandbox of its own in a temporary directory, and a line-wise IMAP client. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TokenVerifier } from "../contract.ts";
import { personas } from "../personas.ts";
import { startMail } from "./start.ts";
import type { RunningMail, StartMailOptions } from "./start.ts";
import { mailAudience } from "./sign-in.ts";

export type TestMail = RunningMail & { dataDir: string; stop(): Promise<void> };

/** Takes tokens of the form `address|scope|audience|seconds to live`, the last three with defaults. */
export const testTokens: TokenVerifier = {
  verify(accessToken) {
    const [upn = "", scope, audience, seconds] = accessToken.split("|");
    if (!upn.includes("@")) return null;
    return {
      oid: "0",
      upn,
      scopes: scope ? [scope] : ["IMAP.AccessAsUser.All", "SMTP.Send"],
      audience: audience ? audience : mailAudience,
      expiresAt: Date.now() / 1000 + (seconds ? Number(seconds) : 3600),
    };
  },
};

const emptySeed = () => (): undefined => undefined;

/** Starts with empty mailboxes unless `seed` says otherwise. */
export async function startTestMail(options: Partial<StartMailOptions> = {}): Promise<TestMail> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "sandbox-mail-"));
  const ports = { imapPort: 0, smtpPort: 0 };
  const mail = await startMail({
    ...ports,
    personas,
    tokens: testTokens,
    seed: emptySeed,
    ...options,
    dataDir,
  });
  return {
    ...mail,
    dataDir,
    async stop() {
      await mail.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Sends what it is told and hands back whole answers, bytes as Latin-1 characters. */
export class ImapProbe {
  readonly socket: Socket;
  #received = "";
  #wake: () => void = () => undefined;
  #tag = 0;
  #closed = false;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text) => {
      this.#received += String(text);
      this.#wake();
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Everything up to and with the first match; rejects when the connection ends before. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match) {
        const end = match.index + match[0].length;
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      if (this.#closed) throw new Error(`connection closed; received: ${this.#received}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  write(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Sends a command and returns its whole answer, its tag replaced by `T`. */
  async command(text: string): Promise<string> {
    const tag = `T${++this.#tag}`;
    this.write(`${tag} ${text}\r\n`);
    const answer = await this.until(new RegExp(`(?:^|\r\n)${tag} .*\r\n`));
    return answer.replace(new RegExp(`(^|\r\n)${tag} `), "$1T ").replace(/^\r\n/, "");
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The initial response of XOAUTH2. */
export function xoauth2(user: string, token: string): string {
  return Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString("base64");
}

/** A connection past its greeting, signed in by token as that persona. */
export async function signedIn(mail: RunningMail, address = "well@outlook.example"): Promise<ImapProbe> {
  const probe = new ImapProbe(mail.imapPort);
  await probe.until(/ready.*\r\n/);
  await probe.command(`AUTHENTICATE XOAUTH2 ${xoauth2(address, address)}`);
  return probe;
}

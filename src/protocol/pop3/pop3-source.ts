/** MailSource over POP3 (RFC 1939, RFC 2449): one folder, read only, everything is left on the server. */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { MailSource } from "../mail-source.ts";
import type { Dialer } from "../net/dialer.ts";
import type { SignInAuth } from "../net/echo.ts";

export interface Pop3Server {
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
  /** PEM of an extra authority. */
  ca?: string;
}

export interface Pop3Timeouts {
  connectMs: number;
  /** Silence of the server within a command. */
  silenceMs: number;
  /** One visit: sign in, list or read, quit. */
  workMs: number;
}

export interface Pop3SourceOptions {
  server: Pop3Server;
  /** Asked for each connection. `refused`: a token that was not taken; another one is wanted. */
  auth: (refused?: string) => Promise<SignInAuth>;
  dialer: Dialer;
  clock: Clock;
  log: Log;
  /** Between two looks; default 2 min: each is a sign-in, and Microsoft throttles them. */
  pollMs?: number;
  timeouts?: Partial<Pop3Timeouts>;
}

const notYet = (): never => {
  throw new HitchpostError("internal", "POP3 is not read yet.");
};

/** Nothing is sent before `connect` or the first other call. */
export function createPop3Source(_options: Pop3SourceOptions): MailSource {
  return {
    transport: "pop3",
    connect: async () => notYet(),
    listFolders: async () => notYet(),
    head: async () => notYet(),
    tail: async () => notYet(),
    estimate: async () => notYet(),
    listAll: async () => notYet(),
    fetch: notYet,
    fetchPart: async () => notYet(),
    watch: notYet,
    peek: async () => notYet(),
    apply: async () => notYet(),
    findSent: async () => notYet(),
    close: async () => undefined,
  };
}

/**
 * What the two halves of the sandbox promise each other: identity gives out access tokens and can
 * check them; mail keeps the mailboxes and speaks IMAP and SMTP. Neither imports the other.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Switches } from "./switches.ts";

/** What an access token says once its signature, issuer and expiry have been checked. */
export type VerifiedToken = {
  /** The account's object id (a uuid): the stable key of a person. */
  oid: string;
  /** The user principal name: the only user name that XOAUTH2 accepts for this token. */
  upn: string;
  /** Short names without the resource, e.g. `IMAP.AccessAsUser.All`, `SMTP.Send`, `Mail.ReadWrite`. */
  scopes: string[];
  /** The resource the token is for: `https://outlook.office.com` or `https://graph.microsoft.com`. */
  audience: string;
  /** Seconds since 1970, as in the token's `exp`. */
  expiresAt: number;
};

/** Checks access tokens. Null for a token that is malformed, forged, expired or revoked. */
export type TokenVerifier = { verify(accessToken: string): VerifiedToken | null };

/** The time, in milliseconds since 1970; passed in so that tests can move it. */
export type Clock = { now(): number };

/** One message of a folder, as the admin listing shows it. */
export type ListedMessage = {
  uid: number;
  flags: string[];
  messageId: string | null;
  subject: string | null;
};

/** One folder with its messages. */
export type ListedFolder = { name: string; uidValidity: number; messages: ListedMessage[] };

/** What identity's admin pages need of the mailbox store. */
export type MailStore = {
  /** Puts a message into the Inbox of every persona among `to`, as if it had arrived by SMTP. */
  deliver(mail: { to: string[]; raw: Buffer }): void | Promise<void>;
  /** Folders and messages of a mailbox; null when no persona has that address. */
  list(address: string): ListedFolder[] | null | Promise<ListedFolder[] | null>;
  /** The mailbox of an address or an alias; null where there is none. */
  mailboxId?(address: string): number | null;
};

/** Changes by order of the admin, by path; a text says what is wrong with the order. */
export type ControlChange = (mailboxId: number, body: unknown) => string | void;

/** What the admin pages show and change at the mail fronts, mailbox by mailbox. */
export type MailControl = {
  counters(mailboxId: number): object;
  faults(mailboxId: number): object[];
  subscriptions(mailboxId: number): object[];
  notifications(mailboxId: number): object[];
  changes: Record<string, ControlChange>;
};

/** An HTTP server's part: answers a request, `path` with its query. */
export type HttpFront = (req: IncomingMessage, res: ServerResponse, path: string) => Promise<void>;

export type StartMailOptions = {
  /** A directory of its own that exists; state in it survives restarts. */
  dataDir: string;
  /** 0 picks a free port; always on 127.0.0.1. */
  imapPort: number;
  smtpPort: number;
  /** Default 0. */
  popPort?: number | undefined;
  /** Where clients reach Graph, without `/v1.0`; without it there is none. */
  graphUrl?: string | undefined;
  tokens: TokenVerifier;
  /** How the personas' mailboxes are switched. Default: those of `dataDir`. */
  switches?: Switches;
  clock?: Clock;
};

/** What `sandbox/mail/start.ts` exports as `startMail`. */
export type StartMail = (options: StartMailOptions) => Promise<StartedMail>;

export type StartedMail = {
  imapPort: number;
  smtpPort: number;
  /** Undefined where there is no POP3. */
  popPort?: number | undefined;
  store: MailStore;
  /** Answers what begins with `/v1.0/` or `/api/v2.0/`, on the address it was given. */
  graph?: HttpFront | undefined;
  control?: MailControl | undefined;
  /** Closes listeners, connections and files; resolves when all is written. */
  close(): Promise<void>;
};

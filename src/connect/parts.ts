/** What the connecting room is given by `app/`. */
import type { Pool } from "pg";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { LookOptions, Seen, SpokenProtocol } from "../protocol/net/look.ts";
import type { KeyRing } from "../store/secrets.ts";
import type { ConnectApps } from "./apps.ts";
import type { MailServer } from "./providers.ts";
import type { RefreshQueue } from "./refresh-queue.ts";
import type { AskCredentials } from "./tokens.ts";

/** Where mail is read: a server of IMAP, where nothing else is said. */
export type ReadPlace =
  | (MailServer & { transport?: "imap" | "pop3"; ipv4Only?: boolean })
  | {
      transport: "graph";
      /** Without the version. */
      url: string;
      /** A shared mailbox; left out: that of who signed in. */
      mailbox?: string;
    };

/** Where mail is handed over: a submission server, or Graph with the mailbox's own address. */
export type SendPlace =
  | (MailServer & { transport?: "smtp" })
  | { transport: "graph"; url: string; address: string; mailbox?: string };

/** The mailbox that something is opened for: what is counted and told of it goes by this. */
export interface MailboxRef {
  workspaceId: string;
  mailboxId: string;
}

export interface ConnectParts {
  pool: Pool;
  clock: Clock;
  log: Log;
  ring: KeyRing;
  apps: () => ConnectApps;
  /** Scheme, host and port that people open. */
  publicUrl: string;
  /** Whether users may name private hosts, and log in unencrypted to loopback. */
  allowPrivateHosts: boolean;
  /** How long the mail that proves an alias is waited for, in milliseconds; left out: three minutes. */
  proofWaitMs?: number;
  openSource(place: ReadPlace, credentials: AskCredentials, of?: MailboxRef): MailSource;
  openSender(place: SendPlace, credentials: AskCredentials, of?: MailboxRef): MailSender;
  /** A look at a server without signing in: name, connection, encryption, what speaks there. Never throws. */
  lookAt(server: MailServer, protocol: SpokenProtocol, options: LookOptions): Promise<Seen[]>;
  /**
   * Wakes the sync of a mailbox that was made, reconnected or changed, in whatever process it runs; one that waits for its
   * next try tries at once. That a connection which stands is begun anew is asked for by `requestOfOwner`. Never rejects.
   */
  nudge(workspaceId: string, mailboxId: string): Promise<void>;
}

/** What the service adds of its own. */
export interface ServiceParts extends ConnectParts {
  refreshes: RefreshQueue;
}

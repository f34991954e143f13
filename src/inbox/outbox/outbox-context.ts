/** What the sending of one mailbox's replies works with; the mailbox's owner process makes it. */
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { MailSender } from "../../protocol/mail-sender.ts";
import type { MailSource } from "../../protocol/mail-source.ts";
import type { Blobs } from "../../store/blobs.ts";
import type { TenantDb } from "../../store/tenant-db.ts";

/** What is asked of the reading side. */
export type SentSource = Pick<MailSource, "findSent" | "listAll" | "apply">;

export interface OutboxContext {
  tenant: TenantDb;
  mailboxId: string;
  /** Our id in `processes`, and the fence we hold. */
  owner: string;
  fence: number;
  clock: Clock;
  log: Log;
  /** By the monotonic clock: whether this process may still write and send for the mailbox. */
  leaseValid(): boolean;
  /** The program stops, or the mailbox's connection ended: nothing more is handed over. */
  signal: AbortSignal;
  /** Opens the sending connection; closed here after use. */
  openSender(): Promise<MailSender>;
  /** Lends a reading connection. */
  withSource<T>(work: (source: SentSource) => Promise<T>): Promise<T>;
  blobs: Pick<Blobs, "readBytes">;
}

/** Sent must have been proved complete so long after the hand-over before anything is sent again. */
export const sentProofMs = 120_000;
/** A hand-over takes no longer; a row in `sending` for longer has lost its sender. */
export const sendDeadlineMs = 300_000;
/** When we have to stop, a server that has the whole message gets so long to say that it took it. */
export const lastAnswerMs = 8_000;
/** After so long without proof, a person decides. */
export const unclearLimitMs = 24 * 3_600_000;
/** Tries before a reply counts as failed: about two days with the backoff below. */
export const maxAttempts = 24;
export const retryBaseMs = 15_000;
export const retryCapMs = 3 * 3_600_000;
/** A server that does not take one reply is left alone so long by the others, at most; refused sign-ins longer. */
export const holdCapMs = 120_000;

/** `problem` of a row in `sending`: the connection was lost after DATA. */
export const unclearProblem = "send_unclear";
/** `problem` of a row in `sent`: we may have to file the copy ourselves. */
export const filingProblem = "filing_pending";

/**
 * Outlook's limits for one application and one mailbox: 10,000 requests in 10 minutes, 4 at once, 150 MB of uploads in
 * 5 minutes. What goes beyond is counted and answered 429.
 * https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
 */
import { throttled } from "./errors.ts";

export const outlookLimits = {
  requests: 10_000,
  windowMs: 10 * 60_000,
  atOnce: 4,
  uploadBytes: 150_000_000,
  uploadWindowMs: 5 * 60_000,
};

type Use = { running: number; requests: number[]; uploads: { at: number; bytes: number }[] };

export class Limits {
  readonly #now: () => number;
  readonly #uses = new Map<number, Use>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts a request in; the answer's end calls what is returned. `most` is told how many then run at once, and how many
   * came in the last 10 minutes. @throws GraphError ApplicationThrottled beyond a limit
   */
  enter(
    mailboxId: number,
    uploadBytes: number,
    most: (atOnce: number, inWindow: number) => void,
  ): () => void {
    const use = this.#use(mailboxId);
    const now = this.#now();
    trim(use, now);
    most(use.running + 1, use.requests.length + 1);
    if (use.running >= outlookLimits.atOnce) {
      throw throttled("Application is over its MailboxConcurrency limit.", null);
    }
    if (use.requests.length >= outlookLimits.requests) {
      const wait = (use.requests[0] ?? now) + outlookLimits.windowMs - now;
      throw throttled("Application is over its MailboxRequests limit.", Math.max(1, Math.ceil(wait / 1000)));
    }
    const uploaded = use.uploads.reduce((sum, upload) => sum + upload.bytes, 0);
    if (uploaded + uploadBytes > outlookLimits.uploadBytes) {
      const wait = (use.uploads[0]?.at ?? now) + outlookLimits.uploadWindowMs - now;
      throw throttled("Application is over its MailboxIngress limit.", Math.max(1, Math.ceil(wait / 1000)));
    }
    use.requests.push(now);
    if (uploadBytes > 0) use.uploads.push({ at: now, bytes: uploadBytes });
    use.running++;
    return () => {
      use.running--;
    };
  }

  /** Forgets the windows of a mailbox; what runs goes on. */
  reset(mailboxId: number): void {
    const use = this.#use(mailboxId);
    use.requests.length = 0;
    use.uploads.length = 0;
  }

  #use(mailboxId: number): Use {
    const known = this.#uses.get(mailboxId);
    if (known) return known;
    const made: Use = { running: 0, requests: [], uploads: [] };
    this.#uses.set(mailboxId, made);
    return made;
  }
}

function trim(use: Use, now: number): void {
  const first = use.requests.findIndex((at) => at > now - outlookLimits.windowMs);
  if (first !== 0) use.requests.splice(0, first < 0 ? use.requests.length : first);
  const recent = use.uploads.findIndex((upload) => upload.at > now - outlookLimits.uploadWindowMs);
  if (recent !== 0) use.uploads.splice(0, recent < 0 ? use.uploads.length : recent);
}

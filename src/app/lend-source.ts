/**
 * Lends a reading connection of its own to a request (an attachment that is not stored here). A pause that the server asked
 * for holds for the whole mailbox, so for these too.
 */
import type { Clock } from "../core/clock.ts";
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { Mailbox } from "../store/mailboxes.ts";

export interface LendDeps {
  clock: Clock;
  readMailbox(workspaceId: string, mailboxId: string): Promise<Mailbox>;
  openSource(workspaceId: string, mailbox: Mailbox): MailSource;
}

export type LendSource = <T>(
  workspaceId: string,
  mailboxId: string,
  work: (source: MailSource) => Promise<T>,
) => Promise<T>;

/** The function given back throws `throttled` with what is left of a pause, and whatever `work` throws. */
export function createSourceLender({ clock, readMailbox, openSource }: LendDeps): LendSource {
  /** Mailbox → until when, epoch milliseconds: pauses that were asked for here. */
  const pauses = new Map<string, number>();
  return async (workspaceId, mailboxId, work) => {
    const mailbox = await readMailbox(workspaceId, mailboxId);
    const until = Math.max(mailbox.throttledUntil?.getTime() ?? 0, pauses.get(mailboxId) ?? 0);
    const leftMs = until - clock.now();
    if (leftMs > 0)
      throw new HitchpostError("throttled", `The server of ${mailbox.address} asked for a pause.`, {
        details: { retryAfterMs: leftMs },
      });
    pauses.delete(mailboxId);
    const source = openSource(workspaceId, mailbox);
    try {
      return await work(source);
    } catch (error) {
      if (isHitchpostError(error, "throttled") && error.details.retryAfterMs !== undefined)
        pauses.set(mailboxId, clock.now() + error.details.retryAfterMs);
      throw error;
    } finally {
      await source.close();
    }
  };
}

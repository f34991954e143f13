/** Sending by a second way where the first is switched off: some tenants have SMTP AUTH off, and Graph sends all the same. */
import { HitchpostError, isHitchpostError } from "../core/errors.ts";
import type { MailSender } from "../protocol/mail-sender.ts";

/** SMTP AUTH is off for the tenant or the mailbox: said at the sign-in, so that nothing can have left. */
const isSwitchedOff = (error: unknown): error is HitchpostError =>
  isHitchpostError(error, "auth_failed") && error.details["reason"] === "smtp_auth_disabled";

/** The second way is not open to us: then the first one's refusal is what there is to mend. */
const isNotAllowed = (error: unknown): boolean =>
  isHitchpostError(error, "oauth_consent_needed") || isHitchpostError(error, "oauth_grant_invalid");

/** @param openSecond made when it is first needed; null: there is none */
export function withSecondSender(first: MailSender, openSecond: () => MailSender | null): MailSender {
  let second: MailSender | null = null;
  const orSecond = async <T>(work: (sender: MailSender) => Promise<T>): Promise<T> => {
    if (second !== null) return work(second);
    try {
      return await work(first);
    } catch (error) {
      if (!isSwitchedOff(error)) throw error;
      const other = openSecond();
      if (other === null) throw error;
      second = other;
      return await work(other).catch((failure: unknown) => {
        if (!isNotAllowed(failure)) throw failure;
        second = null;
        throw error;
      });
    }
  };
  return {
    verify: (signal) => orSecond((sender) => sender.verify(signal)),
    send: (...mail) => orSecond((sender) => sender.send(...mail)),
    close: async () => {
      await Promise.all([first.close(), second?.close()]);
    },
  };
}

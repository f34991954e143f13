import { HitchpostError } from "./errors.ts";

/**
 * Waits for `work`, at most `ms`. On time-out the signal given to `work` is aborted and `network_timeout` thrown,
 * so that nothing hangs on a peer that stopped answering.
 *
 * @param what the step in plain words, for the error: "IMAP greeting of mail.example:993"
 */
export async function withDeadline<T>(
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const inner = new AbortController();
  const onOuter = () => inner.abort(outer?.reason);
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new HitchpostError(
        "network_timeout",
        `${what}: no answer within ${Number((ms / 1000).toFixed(1))} s`,
      );
      inner.abort(error);
      reject(error);
    }, ms);
    inner.signal.addEventListener("abort", () => reject(inner.signal.reason as Error), { once: true });
  });
  outer?.addEventListener("abort", onOuter, { once: true });
  if (outer?.aborted) onOuter();
  try {
    return await Promise.race([work(inner.signal), expiry]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", onOuter);
    expiry.catch(() => undefined); // the race is over: a late expiry tells nobody anything
  }
}

/**
 * Full-jitter exponential backoff in milliseconds: a random wait between half and the whole of
 * `baseMs * 2^attempt`, never above `capMs`.
 *
 * @param attempt failures so far, 0 for the first
 * @param random a number in [0, 1), given for tests
 */
export function backoffMs(
  attempt: number,
  {
    baseMs = 1_000,
    capMs = 300_000,
    random = Math.random,
  }: { baseMs?: number; capMs?: number; random?: () => number } = {},
): number {
  const whole = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(whole / 2 + (whole / 2) * random());
}

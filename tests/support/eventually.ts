/** Waiting for what comes about by itself. */
import { vi } from "vitest";

/**
 * Resolves with what `check` returns once it passes: looked at often, for as long as a busy machine may take. vitest's own
 * `waitFor` gives up after a second.
 *
 * @throws what `check` threw last, after `timeout` ms
 */
export function eventually<T>(
  check: () => T | Promise<T>,
  { timeout = 15_000, interval = 20 }: { timeout?: number; interval?: number } = {},
): Promise<T> {
  return vi.waitFor(check, { timeout, interval });
}

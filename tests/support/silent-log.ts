/** A log that keeps quiet, and one that remembers, for tests. */
import type { Log } from "../../src/core/log.ts";

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

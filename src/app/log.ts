/** The log: one JSON line an event, or readable lines on a terminal. Secrets never get here: see the canary tests. */
import { pino, type DestinationStream, type Logger } from "pino";
import type { Config } from "./config.ts";

/** Writes to standard error, so that standard output stays for what a command prints. */
export function createLog(
  level: Config["logLevel"],
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        // `err.detail`: PostgreSQL quotes the failing row there, and with it somebody's mail.
        paths: ["*.pass", "*.password", "*.accessToken", "*.refreshToken", "*.authorization", "err.detail"],
        censor: "····",
      },
    },
    destination,
  );
}

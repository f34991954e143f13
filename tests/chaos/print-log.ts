/** The product's log as lines on the terminal. */
import type { Log } from "../../src/core/log.ts";

export function printLog(bound: object): Log {
  const say =
    (level: string) =>
    (fields: object, message = ""): void => {
      const { err, ...rest } = { ...bound, ...fields } as { err?: unknown };
      const error = err instanceof Error ? { error: `${err.message}${causeOf(err)}` } : {};
      process.stdout.write(`${level} ${message} ${JSON.stringify({ ...rest, ...error })}\n`);
    };
  return {
    debug: () => undefined,
    info: say("info"),
    warn: say("warn"),
    error: say("error"),
    child: (fields) => printLog({ ...bound, ...fields }),
  };
}

const causeOf = ({ cause }: Error): string => (cause instanceof Error ? ` <- ${cause.message}` : "");

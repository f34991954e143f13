/** How a command ends: one sentence on stderr, what to do, and a documented exit code (docs/cli.md). */
import { HitchpostError } from "../../core/errors.ts";

export const exitCodes = {
  ok: 0,
  /** What was asked for failed: a finding, a refused sign-in, a mailbox that needs attention. */
  failed: 1,
  /** Wrong options or configuration. */
  usage: 2,
  /** The server cannot be reached. */
  unreachable: 3,
  /** The deadline of `--wait` passed. */
  timeout: 4,
} as const;

/** Ends the command with a sentence and a code. */
export class CommandError extends Error {
  readonly exitCode: number;
  readonly hint: string;
  constructor(exitCode: number, message: string, hint = "") {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

const usageCodes = new Set(["config_invalid", "invalid_request"]);

/** Prints the error as a sentence, never as a stack, and exits. */
export function reportAndExit(error: unknown): never {
  const { message, hint, code } = describe(error);
  process.stderr.write(`hitchpost: ${message}\n${hint === "" ? "" : `  ${hint}\n`}`);
  process.exit(code);
}

function describe(error: unknown): { message: string; hint: string; code: number } {
  if (error instanceof CommandError)
    return { message: error.message, hint: error.hint, code: error.exitCode };
  if (error instanceof HitchpostError) {
    return {
      message: error.message,
      hint: error.hint,
      code: usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed,
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `an unexpected failure\n${message}`, hint: "", code: exitCodes.failed };
}

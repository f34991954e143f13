/** How a command ends: one sentence on stderr, what to do, and a documented exit code (docs/cli.md). */
import { HitchpostError } from "../../core/errors.ts";
import { isDiskFull } from "../../store/pool.ts";

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

/** What a failure goes by when it has no code of its own. */
const codeOfExit: Record<number, string> = { 2: "usage", 3: "unreachable", 4: "timeout" };

/** Ends the command with a sentence and a code. */
export class CommandError extends Error {
  readonly exitCode: number;
  readonly hint: string;
  /** For programs: of docs/errors.md or docs/findings.md, else `usage`, `unreachable`, `timeout`, `failed`. */
  readonly code: string;
  constructor(exitCode: number, message: string, hint = "", code = codeOfExit[exitCode] ?? "failed") {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
    this.code = code;
  }
}

const usageCodes = new Set(["config_invalid", "invalid_request"]);

interface Failure {
  message: string;
  hint: string;
  code: string;
  exitCode: number;
}

/** Prints the error as a sentence, never as a stack, and exits. @param json also as one line of JSON on stdout */
export function reportAndExit(error: unknown, { json = false } = {}): never {
  const { exitCode, ...failure } = describe(error);
  const { message, hint, code } = failure;
  process.stderr.write(`hitchpost: ${message}\n${hint === "" ? "" : `  ${hint}\n`}`);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  process.exit(exitCode);
}

/** Pure. */
export function describe(error: unknown): Failure {
  if (error instanceof CommandError) {
    const { message, hint, code, exitCode } = error;
    return { message, hint, code, exitCode };
  }
  if (error instanceof HitchpostError) {
    const exitCode = usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed;
    return { message: error.message, hint: error.hint, code: error.code, exitCode };
  }
  if (isDiskFull(error)) {
    const full = new HitchpostError("disk_full", `the disk is full (${(error as Error).message}).`);
    return { ...describe(full), exitCode: exitCodes.failed };
  }
  const failed = { hint: "", code: "internal", exitCode: exitCodes.failed };
  if (isSystemError(error)) return { ...failed, message: error.message };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { ...failed, message: `an unexpected failure\n${message}` };
}

/** What the operating system refused, in its own words: `EACCES: permission denied, open '/x'`. */
const isSystemError = (error: unknown): error is Error =>
  error instanceof Error && "syscall" in error && "errno" in error;

/** A refusal of the server as the page meets it: RFC 9457 problem details, or the network's silence. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string | undefined;
  hint?: string | undefined;
  field?: string | undefined;
  /** How long the server asks to wait, in ms. */
  retryAfterMs?: number | undefined;
}

export class ApiError extends Error {
  readonly status: number;
  /** Of docs/errors.md, or the page's own: `offline` nobody answered, `bad_answer` it was not our server. */
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem, options?: { cause: unknown }) {
    super(problem.detail ?? problem.title, options);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.hint = problem.hint;
    this.field = problem.field;
    this.retryAfterMs = problem.retryAfterMs;
  }
}

export const isApiError = (error: unknown, code?: string): error is ApiError =>
  error instanceof ApiError && (code === undefined || error.code === code);

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Reads a problem document; what is no problem document becomes `bad_answer` with the status kept. */
export function problemOf(status: number, body: unknown): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const wait = fields["retryAfterMs"];
  return {
    status,
    code: textOf(fields["code"]) ?? (status === 401 ? "unauthenticated" : "bad_answer"),
    title: textOf(fields["title"]) ?? textOf(fields["message"]) ?? `HTTP ${status}`,
    detail: textOf(fields["detail"]),
    hint: textOf(fields["hint"]),
    field: textOf(fields["field"]),
    retryAfterMs: typeof wait === "number" ? wait : undefined,
  };
}

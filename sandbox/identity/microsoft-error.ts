/**
 * Microsoft's way to say no: an OAuth error (RFC 6749 5.2) whose description starts with an AADSTS
 * number and ends with trace id, correlation id and time.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */

import { randomUUID } from "node:crypto";

export class MicrosoftError extends Error {
  /** The OAuth error, e.g. `invalid_grant`. */
  readonly oauthError: string;
  /** The AADSTS number, e.g. 70000; 0 for an answer without one, as the personal accounts' own service gives some. */
  readonly number: number;
  readonly status: number;
  readonly suberror: string | undefined;

  constructor(
    oauthError: string,
    number: number,
    text: string,
    more: { status?: number; suberror?: string } = {},
  ) {
    super(text);
    this.name = "MicrosoftError";
    this.oauthError = oauthError;
    this.number = number;
    this.status = more.status ?? (oauthError === "invalid_client" ? 401 : 400);
    this.suberror = more.suberror;
  }
}

export type ErrorBody = {
  error: string;
  error_description: string;
  error_codes: number[];
  timestamp: string;
  trace_id: string;
  correlation_id: string;
  suberror?: string;
};

/** The JSON that the token and device code endpoints answer with. */
export function errorBody(error: MicrosoftError, nowMs: number): ErrorBody {
  const timestamp = `${new Date(nowMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const [traceId, correlationId] = [randomUUID(), randomUUID()];
  return {
    error: error.oauthError,
    error_description:
      error.number === 0
        ? error.message
        : `AADSTS${error.number}: ${error.message} Trace ID: ${traceId} ` +
          `Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: error.number === 0 ? [] : [error.number],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    ...(error.suberror === undefined ? {} : { suberror: error.suberror }),
  };
}

/** The description alone, for errors that travel on a redirect. */
export function errorDescription(error: MicrosoftError, nowMs: number): string {
  return errorBody(error, nowMs).error_description;
}

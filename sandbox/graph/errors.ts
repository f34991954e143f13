/**
 * Errors as Microsoft Graph words them: `{ error: { code, message, innerError: { date, request-id, client-request-id } } }`.
 * https://learn.microsoft.com/graph/errors
 */
import { randomUUID } from "node:crypto";

export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The body of an error; `now` in milliseconds since 1970. */
export function errorBody(error: GraphError, now: number, requestId: string, clientId?: string): object {
  return {
    error: {
      code: error.code,
      message: error.message,
      innerError: {
        date: new Date(now).toISOString().slice(0, 19),
        "request-id": requestId,
        "client-request-id": clientId ?? requestId,
      },
    },
  };
}

export const newRequestId = (): string => randomUUID();

const challenge =
  'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"';

export const unauthorized = (message: string): GraphError =>
  new GraphError(401, "InvalidAuthenticationToken", message, { "www-authenticate": challenge });

export const accessDenied = (): GraphError =>
  new GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.");

export const itemNotFound = (): GraphError =>
  new GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.");

export const idMalformed = (): GraphError =>
  new GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.");

export const invalidRequest = (message: string): GraphError =>
  new GraphError(400, "ErrorInvalidRequest", message);

export const badRequest = (message: string): GraphError => new GraphError(400, "BadRequest", message);

export const noSegment = (name: string): GraphError =>
  badRequest(`Resource not found for the segment '${name}'.`);

export const mailboxNotEnabled = (): GraphError =>
  new GraphError(
    404,
    "MailboxNotEnabledForRESTAPI",
    "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
  );

export const syncStateGone = (): GraphError =>
  new GraphError(
    410,
    "SyncStateNotFound",
    "The sync state generation is not found; generation=149;[highest=157][157][155][156].",
  );

/** The documented form: "a 40X-series error with error codes such as syncStateNotFound" (delta-query-overview). */
export const syncStateNotFound = (): GraphError =>
  new GraphError(404, "syncStateNotFound", "The sync state is not found or has expired.");

export const throttled = (message: string, retryAfterSeconds: number | null): GraphError =>
  new GraphError(
    429,
    "ApplicationThrottled",
    message,
    retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) },
  );

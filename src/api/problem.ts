/** The one place that turns errors into HTTP answers (RFC 9457). */
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { HitchpostError, type ErrorCode } from "../core/errors.ts";
import { isDatabaseOutage, isDiskFull } from "../store/pool.ts";

const problemType = "application/problem+json";

const titles: Partial<Record<ErrorCode, string>> = {
  invalid_request: "The request is not right",
  unauthenticated: "Not signed in",
  forbidden: "Not allowed",
  not_found: "Not found",
  conflict: "Already there or changed",
  internal: "Something went wrong here",
};

/** `account_mismatch` → "Account mismatch". */
const titleOf = (code: ErrorCode): string => {
  const words = code.replaceAll("_", " ");
  return titles[code] ?? words.charAt(0).toUpperCase() + words.slice(1);
};

/** What fastify itself throws: too large a body, wrong content type, broken JSON. */
function fromFastify(error: FastifyError): HitchpostError {
  const [first] = hasZodFastifySchemaValidationErrors(error) ? error.validation : [];
  if (first) {
    const field = first.instancePath.replace(/^\//, "").replaceAll("/", ".");
    const message =
      field === "" ? (first.message ?? error.message) : `${field}: ${first.message ?? "is not right"}`;
    return new HitchpostError("invalid_request", message, { details: field === "" ? {} : { field } });
  }
  switch (error.statusCode) {
    case 413:
      return new HitchpostError(
        "payload_too_large",
        "The request's body is too large: 4 MB of JSON, 25 MB for a file.",
      );
    case 415:
      return new HitchpostError("unsupported_media_type", "The request's body is neither JSON nor a file.");
    case 400:
    case 414:
      return new HitchpostError("invalid_request", error.message);
    default:
      return new HitchpostError("internal", "An unexpected error; it stands in the server's log.", {
        cause: error,
      });
  }
}

function asKnown(error: unknown): HitchpostError {
  if (isDatabaseOutage(error)) return databaseGone(error);
  if (isDiskFull(error))
    return new HitchpostError("disk_full", "The server's disk is full.", { cause: error });
  return error instanceof HitchpostError ? error : fromFastify(error as FastifyError);
}

/** Which server refuses whom is the operator's business: it stands in the log. */
const databaseGone = (cause: unknown): HitchpostError =>
  new HitchpostError("database_unavailable", "The database does not answer just now.", { cause });

/** The problem's members (RFC 9457 3.1). @param instance number of the request, as it stands in the log */
const problemOf = (error: HitchpostError, instance: string) => ({
  type: `urn:hitchpost:error:${error.code}`,
  title: titleOf(error.code),
  status: error.status,
  detail: error.message,
  code: error.code,
  hint: error.hint,
  ...(error.details.field === undefined ? {} : { field: error.details.field }),
  ...(error.details.retryAfterMs === undefined ? {} : { retryAfterMs: error.details.retryAfterMs }),
  instance,
});

/** Answers with the problem and logs what is the server's own fault. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = asKnown(error);
  if (known.status >= 500) request.log.error({ err: error, code: known.code }, "request failed");
  const { retryAfterMs } = known.details;
  if (retryAfterMs !== undefined) void reply.header("retry-after", Math.ceil(retryAfterMs / 1000));
  if (known.code === "unauthenticated") void reply.header("www-authenticate", "Bearer"); // RFC 9110 11.6.1
  void reply
    .status(known.status)
    .type(problemType)
    .serializer((body) => JSON.stringify(body))
    .send(problemOf(known, request.id));
}

/** For what is no HTTP that could be routed: Node has parsed no request, so the answer is written by hand. */
export function sendUnparsedProblem(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const { status, reason, detail } = unparsed(error.code);
  const problem = problemOf(new HitchpostError("invalid_request", detail), randomUUID());
  const body = JSON.stringify({ ...problem, status });
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  if (socket.writable) socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.destroy(error);
}

function unparsed(code: string | undefined): { status: number; reason: string; detail: string } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        status: 431,
        reason: "Request Header Fields Too Large",
        detail: "Address and headers of the request are longer than 16 KB.",
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, reason: "Request Timeout", detail: "The request did not come in whole in time." };
    default:
      return { status: 400, reason: "Bad Request", detail: "This is not HTTP/1.1 as it should be." };
  }
}

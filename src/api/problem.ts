/** The one place that turns errors into HTTP answers (RFC 9457). */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { HitchpostError, type ErrorCode } from "../core/errors.ts";
import { isDatabaseOutage } from "../store/pool.ts";

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
      return new HitchpostError("payload_too_large", error.message);
    case 429:
      return new HitchpostError("rate_limited", "Too many requests in a short time.");
    case 400:
    case 414:
    case 415:
      return new HitchpostError("invalid_request", error.message);
    default:
      return new HitchpostError("internal", "An unexpected error; it stands in the server's log.", {
        cause: error,
      });
  }
}

const asKnown = (error: unknown): HitchpostError =>
  error instanceof HitchpostError ? error : fromFastify(error as FastifyError);

/** Which server refuses whom is the operator's business: it stands in the log. */
const databaseGone = (cause: unknown): HitchpostError =>
  new HitchpostError("database_unavailable", "The database does not answer just now.", { cause });

/** Answers with the problem and logs what is the server's own fault. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = isDatabaseOutage(error) ? databaseGone(error) : asKnown(error);
  if (known.status >= 500) request.log.error({ err: error, code: known.code }, "request failed");
  const { field, retryAfterMs } = known.details;
  if (retryAfterMs !== undefined) void reply.header("retry-after", Math.ceil(retryAfterMs / 1000));
  void reply
    .status(known.status)
    .type("application/problem+json")
    .serializer((body) => JSON.stringify(body))
    .send({
      type: `urn:hitchpost:error:${known.code}`,
      title: titleOf(known.code),
      status: known.status,
      detail: known.message,
      code: known.code,
      hint: known.hint,
      ...(field === undefined ? {} : { field }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      instance: request.id,
    });
}

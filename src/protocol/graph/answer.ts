/** Reads Graph's answers: bodies under a cap, JSON, and what a refusal says. What comes is data of a stranger. */
import { z } from "zod";
import { HitchpostError } from "../../core/errors.ts";
import { retryAfterMs, type Refusal } from "./errors.ts";

/**
 * The body, at most `capBytes`.
 *
 * @throws protocol_error (`reason` limit) when it is longer; the rest is not read
 */
export async function readBody(response: Response, capBytes: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return Buffer.alloc(0);
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > capBytes)
      throw new HitchpostError(
        "protocol_error",
        `Graph's answer is longer than ${capBytes} bytes (${what}).`,
        {
          details: { reason: "limit", status: response.status },
        },
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws protocol_error (`reason` not_json) with the beginning of what came instead */
export function parseJson(
  body: Buffer,
  response: { status: number; headers: Headers },
  what: string,
): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch (cause) {
    const kind = response.headers.get("content-type") ?? "no content type";
    const begin = body.subarray(0, 200).toString("utf8").replaceAll(/\s+/g, " ");
    throw new HitchpostError("protocol_error", `Graph answered something that is no JSON (${what}).`, {
      cause,
      details: { reason: "not_json", response: `${response.status} ${kind}: ${begin}` },
    });
  }
}

interface WrittenInner {
  code?: string | undefined;
  innerError?: WrittenInner | undefined;
  innererror?: WrittenInner | undefined;
}
const innerSchema: z.ZodType<WrittenInner> = z.lazy(() =>
  z.object({
    code: z.string().optional().catch(undefined),
    innerError: innerSchema.optional().catch(undefined),
    innererror: innerSchema.optional().catch(undefined),
  }),
);
const errorSchema = z.object({
  error: z.object({
    code: z.string().catch(""),
    message: z.string().catch(""),
    innerError: innerSchema.optional().catch(undefined),
    innererror: innerSchema.optional().catch(undefined),
  }),
});

function innermost(inner: WrittenInner | undefined): string {
  let code = "";
  for (
    let depth = 0, at = inner;
    at !== undefined && depth < 8;
    depth += 1, at = at.innerError ?? at.innererror
  )
    code = at.code ?? code;
  return code;
}

/** What a refusing answer says; a page of HTML or nothing at all is told by its status alone. Pure. */
export function refusalOf(
  status: number,
  body: unknown,
  retryAfter: string | null | undefined,
  nowMs: number,
): Refusal {
  const pause = retryAfterMs(retryAfter, nowMs);
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) {
    const begin = typeof body === "string" ? body.slice(0, 200) : "";
    return { status, code: "", innerCode: "", message: begin, retryAfterMs: pause };
  }
  const { code, message, innerError, innererror } = parsed.data.error;
  return { status, code, innerCode: innermost(innerError ?? innererror), message, retryAfterMs: pause };
}

/** JSON when it is some, else the text. */
export function looseBody(body: Buffer): unknown {
  const text = body.toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // a proxy's page: told as it is
  }
}

/** A NUL character is refused before anything is done: PostgreSQL stores none (in text and jsonb), and no field needs one. */
import { Stream } from "node:stream";
import type { FastifyRequest } from "fastify";
import { HitchpostError } from "../core/errors.ts";

/** Deeper than any schema of ours goes: what stands there is refused by it. */
const maxDepth = 50;

/** Path of the first string with a NUL in parsed JSON, "" for the value itself; null when there is none. Pure. */
export function findNul(value: unknown, depth = 0): string | null {
  if (typeof value === "string") return value.includes("\0") ? "" : null;
  if (typeof value !== "object" || value === null || depth > maxDepth) return null;
  if (value instanceof Stream) return null; // a file on its way in
  for (const [name, part] of Object.entries(value)) {
    const found = name.includes("\0") ? "" : findNul(part, depth + 1);
    if (found !== null) return found === "" ? name.replaceAll("\0", "") : `${name}.${found}`;
  }
  return null;
}

/** For Fastify's preValidation. @throws invalid_request naming the field */
export async function refuseNul({ params, query, body }: FastifyRequest): Promise<void> {
  const field = findNul(params) ?? findNul(query) ?? findNul(body);
  if (field === null) return;
  throw new HitchpostError(
    "invalid_request",
    `${field || "The request"}: a NUL character has no place here.`,
    {
      details: field === "" ? {} : { field },
    },
  );
}

/** Reads what a request carries: form bodies, JSON bodies and cookies, with a limit on size. */

import type { IncomingMessage } from "node:http";

const limitBytes = 64 * 1024;
const adminLimitBytes = 40 * 1024 * 1024;

export class BodyTooLarge extends Error {}

async function readBody(req: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) throw new BodyTooLarge("request body too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** An `application/x-www-form-urlencoded` body. Throws BodyTooLarge. */
export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await readBody(req, limitBytes));
}

/** A JSON body of unknown shape; undefined when it is not JSON. Throws BodyTooLarge. */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const text = await readBody(req, adminLimitBytes);
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    return undefined;
  }
}

/** The value of a cookie, or undefined. */
export function readCookie(req: IncomingMessage, name: string): string | undefined {
  for (const part of (req.headers.cookie ?? "").split(";")) {
    const [key, ...value] = part.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}

/** Reads JSON that a client sent, without trusting it. */
import { badRequest } from "./errors.ts";

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A body that must be a JSON object; empty counts as one without members. @throws GraphError BadRequest */
export function readObject(body: Buffer): JsonObject {
  const text = body.toString("utf8");
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Answered below.
  }
  throw badRequest(
    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
  );
}

/** Member names without regard to case in their first letter: Graph takes `Message` for `message`. */
export function member(object: JsonObject, name: string): unknown {
  return object[name] ?? object[name.charAt(0).toUpperCase() + name.slice(1)];
}

export const textMember = (object: JsonObject, name: string): string | null => {
  const value = member(object, name);
  return typeof value === "string" ? value : null;
};

export const listMember = (object: JsonObject, name: string): unknown[] | null => {
  const value = member(object, name);
  return Array.isArray(value) ? value : null;
};

/** Keyset cursors of lists: opaque to the caller, checked when they come back. */
import { HitchpostError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";

/** The last row of a page: its time as PostgreSQL writes it in UTC with microseconds, and its id. */
export interface PageKey {
  at: string;
  id: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export const maxPage = 500;
const timePattern = /^\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

export const encodeCursor = ({ at, id }: PageKey): string => Buffer.from(`${at}|${id}`).toString("base64url");

/** True for a moment that PostgreSQL knows: JavaScript takes February 30th, and a year 0. */
function isTime(at: string): boolean {
  if (!timePattern.test(at) || at.startsWith("0000") || Number.isNaN(Date.parse(at))) return false;
  return new Date(at).toISOString().startsWith(at.slice(0, 19));
}

/** @throws HitchpostError invalid_request for anything that `encodeCursor` does not write */
export function decodeCursor(cursor: string): PageKey {
  const [at = "", id = "", ...rest] = Buffer.from(cursor, "base64url").toString("utf8").split("|");
  if (rest.length > 0 || !isTime(at) || !isId(id)) {
    throw new HitchpostError("invalid_request", "This cursor is not one that a list gave out.", {
      details: { field: "cursor" },
    });
  }
  return { at, id };
}

/** @throws HitchpostError invalid_request outside 1 to 500 */
export function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPage) return limit;
  throw new HitchpostError("invalid_request", `A page has 1 to ${maxPage} items.`, {
    details: { field: "limit" },
  });
}

/** Cuts rows read with one more than `limit` into a page. */
export function pageOf<T>(
  rows: T[],
  limit: number,
  keyOf: (row: T) => PageKey,
): { rows: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown,
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}

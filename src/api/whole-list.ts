/**
 * Pages of lists that are short enough to be read whole (mailboxes, folders, people): `limit` and `cursor` as on every
 * list. The cursor names the last item that was shown, and its place, should it be gone when the next page is asked for.
 */
import { HitchpostError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";

export interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

interface ListPage<T> {
  items: T[];
  nextCursor: string | null;
}

const encode = (text: string): string => Buffer.from(text).toString("base64url");
const decode = (cursor: string): string => Buffer.from(cursor, "base64url").toString("utf8");

const notOurs = (): HitchpostError =>
  new HitchpostError("invalid_request", "This cursor is not one that a list gave out.", {
    details: { field: "cursor" },
  });

/**
 * Cuts a page out of the whole list.
 *
 * @param idOf what an item goes by
 * @throws invalid_request for a cursor that this list does not write
 */
export function pageOfWhole<T>(
  all: readonly T[],
  { limit, cursor }: PageQuery,
  idOf: (item: T) => string,
): ListPage<T> {
  const start = cursor === undefined ? 0 : startAfter(all.map(idOf), cursor);
  const items = all.slice(start, start + limit);
  const end = start + items.length;
  const last = items.at(-1);
  return {
    items,
    nextCursor: last === undefined || end >= all.length ? null : encode(`${end}|${idOf(last)}`),
  };
}

function startAfter(ids: readonly string[], cursor: string): number {
  const [, place, id] = /^(\d{1,9})\|(.+)$/s.exec(decode(cursor)) ?? [];
  if (place === undefined || id === undefined) throw notOurs();
  const found = ids.indexOf(id);
  // It is gone: what stood behind it has moved up by one.
  return found === -1 ? Math.max(0, Number(place) - 1) : found + 1;
}

/** The cursor of a list that is ordered by ids alone. */
export const idCursor = (id: string): string => encode(id);

/** @throws invalid_request for anything that `idCursor` does not write */
export function readIdCursor(cursor: string): string {
  const id = decode(cursor);
  if (!isId(id)) throw notOurs();
  return id;
}

/** Which rows are selected, and which row comes next. Pure. */

/** Adds or takes out a row; `extend` takes everything from the last one touched, as Shift does. */
export function toggled(
  selected: ReadonlySet<string>,
  order: readonly { id: string }[],
  id: string,
  anchorId: string | undefined,
  extend: boolean,
): Set<string> {
  const next = new Set(selected);
  const from = order.findIndex((row) => row.id === anchorId);
  const to = order.findIndex((row) => row.id === id);
  if (extend && from !== -1 && to !== -1) {
    for (const row of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(row.id);
    return next;
  }
  if (!next.delete(id)) next.add(id);
  return next;
}

/** The row to go on with once some are gone: the next one that stays, else the one before; undefined when none stays. */
export function rowAfter(
  order: readonly { id: string }[],
  goneIds: ReadonlySet<string>,
  fromId: string,
): string | undefined {
  const at = order.findIndex((row) => row.id === fromId);
  if (at === -1) return order.find((row) => !goneIds.has(row.id))?.id;
  const after = order.slice(at + 1).find((row) => !goneIds.has(row.id));
  return (after ?? order.slice(0, at).findLast((row) => !goneIds.has(row.id)))?.id;
}

/** One row on or back; at an end it stays. Without a row it begins at the top. */
export function rowBeside(
  order: readonly { id: string }[],
  fromId: string | undefined,
  by: 1 | -1,
): string | undefined {
  const at = fromId === undefined ? -1 : order.findIndex((row) => row.id === fromId);
  if (at === -1) return order[0]?.id;
  return (order[at + by] ?? order[at])?.id;
}

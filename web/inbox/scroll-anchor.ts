/** Where a list must be scrolled to after rows came or went above, so that what one reads stays in place. Pure. */

/**
 * `firstId`: the first row in sight before the change. Returns how far to scroll on, in pixels; 0 when that row is gone
 * or has not moved.
 */
export function anchorShift(
  before: readonly { id: string }[],
  after: readonly { id: string }[],
  firstId: string,
  rowPx: number,
): number {
  const was = before.findIndex((row) => row.id === firstId);
  const is = after.findIndex((row) => row.id === firstId);
  return was === -1 || is === -1 ? 0 : (is - was) * rowPx;
}

/** How many rows stand above that were not there before; without those that one has put there oneself. */
export function newAbove(
  before: readonly { id: string }[],
  after: readonly { id: string }[],
  isOwn: (id: string) => boolean = () => false,
): number {
  const first = before[0];
  if (first === undefined) return 0;
  const at = after.findIndex((row) => row.id === first.id);
  return after.slice(0, Math.max(0, at)).filter((row) => !isOwn(row.id)).length;
}

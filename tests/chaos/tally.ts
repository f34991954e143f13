/** Counts the faults that were really thrown, by kind. */

export interface Tally {
  add(kind: string): void;
  readonly counts: Readonly<Record<string, number>>;
}

export function createTally(): Tally {
  const counts: Record<string, number> = {};
  return { counts, add: (kind) => void (counts[kind] = (counts[kind] ?? 0) + 1) };
}

/** Adds the counts of `more` to `sum`. */
export function addCounts(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [kind, count] of Object.entries(more)) sum[kind] = (sum[kind] ?? 0) + count;
}

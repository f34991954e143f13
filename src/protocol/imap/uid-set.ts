/** Sequence sets (RFC 9051 9, sequence-set): written short, read with a limit. Pure. */

/** "1:3,7" for [3, 1, 2, 7]; numbers need not be sorted. Throws nothing; an empty list gives "". */
export function packUids(uids: readonly number[]): string {
  const sorted = [...new Set(uids)].sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1;
    ranges.push(start === end ? String(sorted[start]) : `${sorted[start]}:${sorted[end]}`);
    start = end + 1;
  }
  return ranges.join(",");
}

/** A server's set is the server's to choose: "1:4294967295" is a few bytes on the wire. */
const unpackLimit = 5_000_000;

/** [1, 2, 3, 7] for "1:3,7"; null for what is not a set of numbers, or too many of them. */
export function unpackUids(set: string): number[] | null {
  const uids: number[] = [];
  for (const range of set.split(",")) {
    const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(range);
    if (match === null) return null;
    const [first, second] = [Number(match[1]), Number(match[2] ?? match[1])];
    const [low, high] = first <= second ? [first, second] : [second, first];
    if (uids.length + (high - low) >= unpackLimit) return null;
    for (let uid = low; uid <= high; uid += 1) uids.push(uid);
  }
  return uids;
}

/** A remote key is a UID in decimal text; anything else is not ours: null. */
export const uidOf = (key: string): number | null => (/^[1-9]\d{0,9}$/.test(key) ? Number(key) : null);

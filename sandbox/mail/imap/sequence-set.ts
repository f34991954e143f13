/** Sequence sets, `2,4:7,9:*` (RFC 9051 9). */
import { BadCommand } from "./refusal.ts";

export type SequenceRange = { from: number; to: number };

const largest = 4_294_967_295;

/** Whether a text looks like a set at all. */
export function isSequenceSet(text: string): boolean {
  return /^(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*$/.test(text);
}

/** Reads a set; `highest` is what `*` means. Ranges come out low to high. */
export function readSequenceSet(text: string, highest: number): SequenceRange[] {
  if (!isSequenceSet(text)) throw new BadCommand();
  return text.split(",").map((piece) => {
    const [first = "", second = first] = piece.split(":");
    const [a, b] = [bound(first, highest), bound(second, highest)];
    return { from: Math.min(a, b), to: Math.max(a, b) };
  });
}

function bound(text: string, highest: number): number {
  if (text === "*") return highest;
  const number = Number(text);
  if (number < 1 || number > largest) throw new BadCommand();
  return number;
}

/** Whether any of the ranges holds the number. */
export function inRanges(ranges: readonly SequenceRange[], number: number): boolean {
  return ranges.some((range) => number >= range.from && number <= range.to);
}

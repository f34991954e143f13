/** A message on its way into a new mailbox, and what its makers share. */
import type { FolderRole } from "../store/folder-names.ts";
import type { SeededRandom } from "./random.ts";

export type PlannedMail = {
  /** A default folder, or the name of one that a user made. */
  folder: FolderRole | { name: string };
  /** Milliseconds since 1970. */
  date: number;
  flags: string[];
  raw: Buffer;
};

/** For whom and when the mailbox is made. */
export type SeedContext = {
  owner: { name: string; firstName: string; address: string };
  /** The first start, milliseconds since 1970. */
  now: number;
  random: SeededRandom;
};

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Mail older than this has been read, all but a little. */
const unreadWithin = 3 * dayMs;

/** Flags of a received message: old ones are read. */
export function receivedFlags(context: SeedContext, date: number, answered = false): string[] {
  const age = context.now - date;
  const read = answered || age > unreadWithin ? !context.random.chance(age > unreadWithin ? 0.02 : 0) : false;
  return [...(read || answered ? ["\\Seen"] : []), ...(answered ? ["\\Answered"] : [])];
}

/** Moves a moment to working hours of its day (7:30 to 18:30 UTC), minutes kept lively. */
export function atWork(context: SeedContext, date: number): number {
  const midnight = Math.floor(date / dayMs) * dayMs;
  return Math.min(
    midnight + 7.5 * hourMs + Math.floor(context.random.next() * 11 * hourMs),
    context.now - hourMs,
  );
}

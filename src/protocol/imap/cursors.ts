/** The two cursors of an IMAP folder as they stand in the database: plain JSON, read back by a schema. Pure. */
import { z } from "zod";
import { HitchpostError } from "../../core/errors.ts";
import type { Cursor } from "../mail-source.ts";

const uid = z.number().int().min(0).max(4_294_967_296);

const headSchema = z.object({
  uidvalidity: z.string(),
  /** Everything below was told already, or belongs to the tail. */
  uidnext: uid,
  highestmodseq: z.string().regex(/^\d+$/).nullable(),
  /** Sequence number of the oldest message that the rotation over the folder has reached; null: begin again at the newest. */
  rotation: z.number().int().min(1).nullable(),
  /** Messages in it at the last look; null: not known. */
  exists: z.number().int().min(0).nullable().default(null),
  /** Something was removed and the rotation has yet to find what. */
  unproved: z.boolean().default(false),
  /** Wall clock of the last look, milliseconds, to measure the next slice by. */
  lookedAt: z.number(),
});

const tailSchema = z.object({
  uidvalidity: z.string(),
  /** Everything from here up was told already, or belongs to the head. */
  below: uid,
  /** The sequence number that the message at `below` had; what is older stands under it, for numbers only fall. */
  belowSeq: z.number().int().min(1).nullable(),
});

export type HeadCursor = z.infer<typeof headSchema>;
export type TailCursor = z.infer<typeof tailSchema>;

export function readHeadCursor(cursor: Cursor): HeadCursor {
  const parsed = headSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new HitchpostError("folder_reset", "The stored position in this folder cannot be read.", {
    cause: parsed.error,
  });
}

/** The tail begins where the first head ended, so a head cursor is a tail cursor that has not moved yet. */
export function readTailCursor(cursor: Cursor): TailCursor {
  const tail = tailSchema.safeParse(cursor);
  if (tail.success) return tail.data;
  const head = readHeadCursor(cursor);
  return { uidvalidity: head.uidvalidity, below: head.uidnext, belowSeq: null };
}

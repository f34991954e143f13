/** The cursors of a folder as they are stored: plain JSON, parsed when they come back. */
import { z } from "zod";
import { HitchpostError } from "../../core/errors.ts";
import type { Cursor } from "../mail-source.ts";

/**
 * Where head and tail part: the newest second that the folder had, and who stood in it then. Times of Graph have seconds
 * alone, so that a message of the same second is told by its id.
 */
const boundarySchema = z.object({
  /** receivedDateTime as it was written; null: the folder was empty. */
  newest: z.string().nullable(),
  ids: z.array(z.string()),
});
export type Boundary = z.infer<typeof boundarySchema>;

const headSchema = z.object({
  graph: z.literal(1),
  boundary: boundarySchema,
  /** null: the folder was not yet listed by delta. */
  deltaLink: z.string().nullable(),
  lookedAtMs: z.number(),
  exists: z.number().int(),
});
export type HeadCursor = z.infer<typeof headSchema>;

const tailSchema = z.object({
  graph: z.literal(1),
  boundary: boundarySchema,
  /** The oldest second that was told, and who of it was. */
  before: z.string().optional(),
  told: z.array(z.string()).optional(),
});
export type TailCursor = z.infer<typeof tailSchema>;

const foreign = (): HitchpostError =>
  new HitchpostError("folder_reset", "The folder was read over another transport; it is matched again.");

/** null: of another transport, which begins anew. */
export const readHeadCursor = (cursor: Cursor): HeadCursor | null =>
  headSchema.safeParse(cursor).data ?? null;

/** @throws folder_reset when it is of another transport */
export function readTailCursor(cursor: Cursor): TailCursor {
  const read = tailSchema.safeParse(cursor).data;
  if (read === undefined) throw foreign();
  return read;
}

/** The first entry of a backup: what wrote it, and which columns its tables have. */
import { z } from "zod";

export const manifestName = "manifest.json";
export const formatVersion = 1;

export const manifestSchema = z.object({
  format: z.literal(formatVersion),
  /** Version of Hitchpost. */
  version: z.string(),
  /** Newest migration of the database it came from. */
  schema: z.string(),
  createdAt: z.iso.datetime(),
  /** Columns of each table in the order of its rows' values. */
  tables: z.record(z.string(), z.array(z.string())),
});

export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Whether a folder of blobs is the one that the server keeps: it holds the installation's mark. A worker with another
 * folder would find no file of a reply, and keep attachments where nobody finds them.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import { z } from "zod";
import { newId } from "../core/ids.ts";
import { ensureInstallation } from "./installation.ts";

const markFile = (directory: string): string => join(directory, ".installation");
const markOf = (pool: Pool): Promise<string> => ensureInstallation(pool, "blob_mark", z.string(), newId());

/** The server's folder: marks it. */
export async function markBlobPlace(pool: Pool, directory: string): Promise<void> {
  const mark = await markOf(pool);
  if ((await readMark(directory)) === mark) return;
  await mkdir(directory, { recursive: true });
  await writeFile(markFile(directory), mark, { mode: 0o600 });
}

/** True when the server of this database has marked the folder. */
export const isBlobPlace = async (pool: Pool, directory: string): Promise<boolean> =>
  (await readMark(directory)) === (await markOf(pool));

/** null: no server has marked it, or it is not there. */
const readMark = (directory: string): Promise<string | null> =>
  readFile(markFile(directory), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });

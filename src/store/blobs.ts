/**
 * Raw messages and attachments by workspace and SHA-256, over FlyDrive (a folder, or S3 when configured). The row in
 * `blobs` counts references; the file is written before its row commits and deleted after its row is gone, so that a
 * row never lacks its file. What a kill leaves over is swept (sweep-blobs.ts).
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { buffer as readWhole } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { Disk } from "flydrive";
import { FSDriver } from "flydrive/drivers/fs";
import type { DriverContract } from "flydrive/types";
import { sql } from "kysely";
import { HitchpostError } from "../core/errors.ts";
import type { TenantDb } from "./tenant-db.ts";

export interface StoredBlob {
  /** SHA-256 of the bytes, in hexadecimal. */
  hash: string;
  sizeBytes: number;
}

/** Bytes that are written and measured, but not yet under their name. */
export interface StagedBlob extends StoredBlob {
  path: string;
}

type Content = Uint8Array | readonly Uint8Array[] | Readable;

export interface ByteRange {
  start: number;
  size: number;
}

export interface Blobs {
  /**
   * Takes the bytes in, outside any transaction: a slow sender must not hold one open. Follow with `put`, or `discard`.
   *
   * @param content several pieces are one file, in their order
   * @throws HitchpostError payload_too_large when it is longer than `maxBytes`
   */
  stage(content: Content, options?: { maxBytes?: number }): Promise<StagedBlob>;
  discard(staged: StagedBlob): Promise<void>;
  /** Gives staged bytes their name without a row: for restoring, where the row comes from elsewhere. */
  place(staged: StagedBlob, workspaceId: string): Promise<void>;
  /**
   * Stores bytes and takes one reference, in the caller's transaction. The file is there, and synced, when it returns.
   */
  put(tx: TenantDb, content: Uint8Array | StagedBlob): Promise<StoredBlob>;
  /**
   * As `put`, for a file that several rows refer to, each to a part of it. Safe to repeat: of a transaction that is tried
   * again, and for rows that come in several transactions.
   */
  putShared(tx: TenantDb, staged: StagedBlob, references: number): Promise<void>;
  /** Takes one more reference to what is stored; false when it is not. */
  retain(tx: TenantDb, hash: string): Promise<boolean>;
  /** Gives one reference back; the sweep deletes what has none. */
  release(tx: TenantDb, hash: string): Promise<void>;
  /**
   * @param range octets of it; left out: all
   * @throws HitchpostError not_found, also when the file of a row was lost
   */
  readBytes(tenant: TenantDb, hash: string, range?: ByteRange): Promise<Uint8Array>;
  /** @throws HitchpostError not_found */
  readStream(tenant: TenantDb, hash: string): Promise<{ stream: Readable; sizeBytes: number }>;
  readonly disk: Disk;
  /** Where files are written before they get their name; swept too. */
  readonly asideDirectory: string;
}

/** `workspace/ab/cdef…`: the hash's first two digits spread the files. */
export const blobKey = (workspaceId: string, hash: string): string =>
  `${workspaceId}/${hash.slice(0, 2)}/${hash.slice(2)}`;

export interface BlobsConfig {
  /** Folder for files; with another driver, for files under way only. */
  directory: string;
  /** An S3 driver of FlyDrive; the folder when left out. */
  driver?: DriverContract;
}

/** Opens the store; makes its folder when it is missing. */
export function createBlobs({ directory, driver }: BlobsConfig): Blobs {
  const disk = new Disk(driver ?? new FSDriver({ location: directory, visibility: "private" }));
  const asideDirectory = join(directory, ".aside");
  const place: Place = driver
    ? (aside, key, sizeBytes) =>
        disk.putStream(key, createReadStream(aside), { contentLength: sizeBytes }).then(() => rm(aside))
    : (aside, key) => renameInto(aside, join(directory, key));
  return {
    disk,
    asideDirectory,
    stage: (content, { maxBytes = Infinity } = {}) => writeAside(asideDirectory, content, maxBytes),
    discard: (staged) => rm(staged.path, { force: true }),
    place: (staged, workspaceId) => place(staged.path, blobKey(workspaceId, staged.hash), staged.sizeBytes),
    put: async (tx, content) => {
      const staged =
        content instanceof Uint8Array ? await writeAside(asideDirectory, content, Infinity) : content;
      try {
        const references = await countReference(tx, staged);
        const key = blobKey(tx.workspaceId, staged.hash);
        // With other references the file is there, unless it was lost (a restore without it). Without, an old one may lie
        // there, or not: ours takes its place.
        if (references > 1 && (await disk.exists(key))) await rm(staged.path);
        else await place(staged.path, key, staged.sizeBytes);
      } catch (error) {
        await rm(staged.path, { force: true });
        throw error;
      }
      return { hash: staged.hash, sizeBytes: staged.sizeBytes };
    },
    putShared: async (tx, staged, references) => {
      await countReference(tx, staged, references);
      const key = blobKey(tx.workspaceId, staged.hash);
      if (await isThere(staged.path)) await place(staged.path, key, staged.sizeBytes);
      else if (!(await disk.exists(key))) throw new HitchpostError("internal", "A staged file is lost.");
    },
    retain: (tx, hash) => changeCount(tx, hash, 1),
    release: async (tx, hash) => {
      await changeCount(tx, hash, -1);
    },
    readBytes: async (tenant, hash, range) => {
      await sizeOf(tenant, hash);
      const key = blobKey(tenant.workspaceId, hash);
      // Not getBytes: for an empty file FlyDrive's gives the memory pool that Node's empty Buffer is a view of.
      try {
        if (range !== undefined && driver === undefined) return await readRange(join(directory, key), range);
        const whole = await readWhole(await disk.getStream(key));
        return range === undefined ? whole : whole.subarray(range.start, range.start + range.size);
      } catch (error) {
        throw isMissing(error)
          ? new HitchpostError("not_found", "The file is lost.", { cause: error })
          : error;
      }
    },
    readStream: async (tenant, hash) => {
      const sizeBytes = await sizeOf(tenant, hash);
      return { stream: await disk.getStream(blobKey(tenant.workspaceId, hash)), sizeBytes };
    },
  };
}

/** As the file system or S3 say it, or as the cause of what FlyDrive says. */
const isMissing = (error: unknown): boolean =>
  [error, (error as Error).cause].some((one) => {
    const { code, name } = (one ?? {}) as { code?: string; name?: string };
    return code === "ENOENT" || name === "NoSuchKey";
  });

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false, // moved to its name by an earlier try
  );

async function readRange(path: string, { start, size }: ByteRange): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer: bytes, bytesRead } = await file.read(Buffer.alloc(size), 0, size, start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Pieces that are at hand go to the file together; of a sender no more than this is held. */
const writtenAtOnce = 1024 * 1024;

type Place = (aside: string, key: string, sizeBytes: number) => Promise<void>;

/** FlyDrive's own fs driver writes in place: a kill in the middle would leave a cut file under a whole one's hash. */
async function writeAside(directory: string, content: Content, maxBytes: number): Promise<StagedBlob> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, randomUUID());
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const source =
    content instanceof Readable
      ? content
      : Readable.from(content instanceof Uint8Array ? [content] : content);
  const measure = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new HitchpostError("payload_too_large", `More than ${maxBytes} bytes.`);
      hash.update(chunk);
      yield chunk;
    }
  };
  // Opened first: a stream that opens by itself may make the file after a source that failed was cleaned up.
  const file = await open(path, "wx", 0o600);
  try {
    await pipeline(source, measure, file.createWriteStream({ flush: true, highWaterMark: writtenAtOnce }));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { path, hash: hash.digest("hex"), sizeBytes };
}

async function renameInto(aside: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await rename(aside, target);
  await syncDirectory(dirname(target));
}

/** So that the new name survives a power cut too, as the committed row does. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return; // a directory cannot be opened there
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Returns the references there are now. The row is locked from here to the commit, which keeps the sweep from deleting
 * the file meanwhile.
 */
async function countReference(tx: TenantDb, { hash, sizeBytes }: StoredBlob, by = 1): Promise<number> {
  const row = await tx.db
    .insertInto("blobs")
    .values({ workspace_id: tx.workspaceId, hash, size_bytes: sizeBytes, ref_count: by })
    .onConflict((conflict) =>
      conflict
        .columns(["workspace_id", "hash"])
        .doUpdateSet({ ref_count: sql<number>`greatest(blobs.ref_count, 0) + ${by}::integer` }),
    )
    .returning("ref_count")
    .executeTakeFirstOrThrow();
  return row.ref_count;
}

async function changeCount(tx: TenantDb, hash: string, by: number): Promise<boolean> {
  const result = await tx.db
    .updateTable("blobs")
    .set((set) => ({ ref_count: set("ref_count", "+", by) }))
    .where("workspace_id", "=", tx.workspaceId)
    .where("hash", "=", hash)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

async function sizeOf(tenant: TenantDb, hash: string): Promise<number> {
  const row = await tenant.db
    .selectFrom("blobs")
    .select("size_bytes")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("hash", "=", hash)
    .executeTakeFirst();
  if (!row) throw new HitchpostError("not_found", "No such file.");
  return row.size_bytes;
}

/** Files under way that no living write can own any more (older than an hour), deleted. */
export async function sweepAside(directory: string, nowMs: number): Promise<number> {
  let swept = 0;
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name);
    const facts = await stat(path).catch(() => null);
    if (!facts || nowMs - facts.mtimeMs < 3_600_000) continue;
    await rm(path, { force: true });
    swept++;
  }
  return swept;
}

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, utimes, writeFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { blobKey, createBlobs, type Blobs } from "../../src/store/blobs.ts";
import { sweepBlobs } from "../../src/store/sweep-blobs.ts";
import { createUpload, deleteUploads, getUploads, pruneUploads } from "../../src/store/uploads.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";

let database: TestDatabase;
let directory: string;
let blobs: Blobs;
let seeded: SeededWorkspace;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hitchpost-blobs-"));
  blobs = createBlobs({ directory });
  seeded = await seedWorkspace(database.pool);
});
afterEach(() => rm(directory, { recursive: true }));

const put = (bytes: Uint8Array) => seeded.tenant.transaction((tx) => blobs.put(tx, bytes));
const files = async (): Promise<string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};
const references = async () => {
  const { rows } = await database.pool.query("SELECT ref_count FROM blobs WHERE workspace_id = $1", [
    seeded.workspaceId,
  ]);
  return rows.map((row) => (row as { ref_count: number }).ref_count);
};
const later = () => systemClock.now() + 2 * 3_600_000;

describe("blobs", () => {
  test.each([0, 1, 70_000])("%d bytes come back as so many", async (size) => {
    const bytes = randomBytes(size);
    const { hash } = await put(bytes);
    const read = await blobs.readBytes(seeded.tenant, hash);
    expect([read.byteLength, Buffer.compare(read, bytes)]).toEqual([size, 0]);
  });

  test("the same bytes are kept once a workspace, and go with their last reference", async () => {
    const bytes = randomBytes(100_000);
    const [first, second] = await Promise.all([put(bytes), put(bytes)]);
    expect(second).toEqual(first);
    expect([await references(), (await files()).length]).toEqual([[2], 1]);
    expect(Buffer.from(await blobs.readBytes(seeded.tenant, first.hash)).equals(bytes)).toBe(true);
    const { stream, sizeBytes } = await blobs.readStream(seeded.tenant, first.hash);
    expect([(await buffer(stream)).equals(bytes), sizeBytes]).toEqual([true, 100_000]);

    await blobs.release(seeded.tenant, first.hash);
    expect(await sweepBlobs(blobs, seeded.tenant, later())).toBe(0);
    await blobs.release(seeded.tenant, first.hash);
    expect(await sweepBlobs(blobs, seeded.tenant, later())).toBe(1);
    expect([await references(), await files()]).toEqual([[], []]);
    await expect(blobs.readBytes(seeded.tenant, first.hash)).rejects.toMatchObject({ code: "not_found" });
  });

  test("another workspace does not reach them, though it knows the hash", async () => {
    const { hash } = await put(Buffer.from("ours"));
    const other = await seedWorkspace(database.pool);
    await expect(blobs.readBytes(other.tenant, hash)).rejects.toMatchObject({ code: "not_found" });
    expect(await blobs.retain(other.tenant, hash)).toBe(false);
    expect(await blobs.retain(seeded.tenant, hash)).toBe(true);
  });

  test("what a rolled back transaction leaves is swept once it is old, and only then", async () => {
    const failing = seeded.tenant.transaction(async (tx) => {
      await blobs.put(tx, Buffer.from("orphan"));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await sweepBlobs(blobs, seeded.tenant, systemClock.now())).toBe(0);
    expect(await files()).toHaveLength(1);
    expect(await sweepBlobs(blobs, seeded.tenant, later())).toBe(1);
    expect(await files()).toEqual([]);
  });

  test("bytes stored anew where a swept row lay are readable", async () => {
    const { hash } = await put(Buffer.from("again"));
    await blobs.release(seeded.tenant, hash);
    await put(Buffer.from("again"));
    expect(await references()).toEqual([1]);
    expect(await sweepBlobs(blobs, seeded.tenant, later())).toBe(0);
    expect(Buffer.from(await blobs.readBytes(seeded.tenant, hash)).toString()).toBe("again");
  });

  test("a file that was lost is told as not there, and stands again when the same bytes are stored", async () => {
    const { hash } = await put(Buffer.from("lost"));
    await rm(join(directory, blobKey(seeded.workspaceId, hash)));
    await expect(blobs.readBytes(seeded.tenant, hash)).rejects.toMatchObject({ code: "not_found" });
    await put(Buffer.from("lost"));
    expect(Buffer.from(await blobs.readBytes(seeded.tenant, hash)).toString()).toBe("lost");
  });

  test("pieces are one file, in their order, as the whole of them would be", async () => {
    const pieces = [randomBytes(700_000), new Uint8Array(0), randomBytes(3), randomBytes(1_500_000)];
    const [staged, whole] = [await blobs.stage(pieces), await blobs.stage(Buffer.concat(pieces))];
    expect(staged).toMatchObject({ hash: whole.hash, sizeBytes: whole.sizeBytes });
    expect((await readFile(staged.path)).equals(Buffer.concat(pieces))).toBe(true);
    await blobs.discard(staged);
    await blobs.discard(whole);
  });

  test("too much is refused and leaves nothing", async () => {
    const stream = Readable.from([randomBytes(600), randomBytes(600)]);
    await expect(blobs.stage(stream, { maxBytes: 1000 })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    expect(await files()).toEqual([]);
  });

  test("a kill in the middle of writing leaves no file under a hash, and the rest is swept", async () => {
    const code = `
      const { createBlobs } = await import(${JSON.stringify(new URL("../../src/store/blobs.ts", import.meta.url).href)});
      const { Readable } = await import("node:stream");
      async function* endless() { for (;;) { yield Buffer.alloc(65536, 1); process.stdout.write("."); await new Promise(setImmediate); } }
      await createBlobs({ directory: ${JSON.stringify(directory)} }).stage(Readable.from(endless()));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const writing = Promise.withResolvers<void>();
    let dots = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      if ((dots += chunk.length) > 20) writing.resolve();
    });
    await writing.promise;
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const left = await files();
    expect(left).toHaveLength(1);
    expect(left[0]).toContain(".aside");
    const old = new Date(systemClock.now() - 7_200_000);
    await utimes(left[0]!, old, old);
    await sweepBlobs(blobs, seeded.tenant, systemClock.now());
    expect(await files()).toEqual([]);
  });

  test("a file whose row another transaction still writes is not swept", async () => {
    const { hash } = await blobs.stage(Buffer.from("racing"));
    const path = join(directory, blobKey(seeded.workspaceId, hash));
    const inside = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const writing = seeded.tenant.transaction(async (tx) => {
      await blobs.put(tx, Buffer.from("racing"));
      inside.resolve();
      await commit.promise;
    });
    await inside.promise;
    const old = new Date(systemClock.now() - 7_200_000);
    await utimes(path, old, old);
    const sweeping = sweepBlobs(blobs, seeded.tenant, systemClock.now());
    commit.resolve();
    await Promise.all([writing, sweeping]);
    expect(Buffer.from(await blobs.readBytes(seeded.tenant, hash)).toString()).toBe("racing");
  });
});

const upload = (content: string) =>
  createUpload(seeded.tenant, blobs, {
    filename: "a.txt",
    contentType: "text/plain",
    content: Readable.from([Buffer.from(content)]),
    maxBytes: 100,
    createdBy: "u",
  });

describe("uploads", () => {
  test("hold a reference each, in the order asked for", async () => {
    const [one, two] = [await upload("x"), await upload("y")];
    expect(await getUploads(seeded.tenant, [two.id, one.id])).toEqual([two, one]);
    const other = await seedWorkspace(database.pool);
    await expect(getUploads(other.tenant, [one.id])).rejects.toMatchObject({ code: "not_found" });
    await seeded.tenant.transaction((tx) => deleteUploads(tx, blobs, [one.id]));
    expect((await references()).sort()).toEqual([0, 1]);
    expect(await sweepBlobs(blobs, seeded.tenant, later())).toBe(1);
  });

  test("are pruned after a week", async () => {
    await upload("x");
    expect(await pruneUploads(seeded.tenant, blobs)).toBe(0);
    await database.pool.query(
      "UPDATE uploads SET created_at = now() - interval '8 days' WHERE workspace_id = $1",
      [seeded.workspaceId],
    );
    expect(await pruneUploads(seeded.tenant, blobs)).toBe(1);
    expect(await references()).toEqual([0]);
  });
});

test("a stray file beside the blobs is none of ours", async () => {
  await writeFile(join(directory, "note.txt"), "x");
  await sweepBlobs(blobs, seeded.tenant, later());
  expect(await files()).toHaveLength(1);
});

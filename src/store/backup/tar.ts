/**
 * Just enough of tar (POSIX.1-1988 ustar) to write a backup as a stream and read it again; any tar can list the file.
 * Regular files only. A checksum of all names and contents stands in the last entry, so that a cut file is told apart.
 */
import { createHash, type Hash } from "node:crypto";
import { HitchpostError } from "../../core/errors.ts";

export interface TarEntry {
  name: string;
  sizeBytes: number;
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const blockBytes = 512;
export const lastEntry = "complete.json";

/** Fields of a ustar header: offset and length in bytes. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;

/** The header block of a regular file of that name (at most 255 bytes, parted at its last slash) and size. */
export function tarHeader(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const put = (field: keyof typeof fields, text: string): void =>
    void block.write(text, fields[field][0], "latin1");
  const slash = name.length > 100 ? name.lastIndexOf("/") : -1;
  put("name", name.slice(slash + 1));
  put("prefix", slash > 0 ? name.slice(0, slash) : "");
  put("mode", octal(0o600, 8));
  put("uid", octal(0, 8));
  put("gid", octal(0, 8));
  put("size", octal(sizeBytes, 12));
  put("mtime", octal(0, 12));
  put("type", "0");
  put("magic", "ustar\x0000");
  put("checksum", " ".repeat(8));
  put("checksum", `${octal(sumOf(block), 7)} `);
  return block;
}

const sumOf = (block: Uint8Array): number => block.reduce((sum, byte) => sum + byte, 0);

/** Reads a header block; null for the zero block that ends the archive. @throws backup_invalid */
export function parseTarHeader(block: Buffer): { name: string; sizeBytes: number } | null {
  if (block.every((byte) => byte === 0)) return null;
  const text = (field: keyof typeof fields): string => {
    const [offset, length] = fields[field];
    return block.toString("latin1", offset, offset + length).split("\0", 1)[0] ?? "";
  };
  const blank = Buffer.from(block);
  blank.fill(" ", fields.checksum[0], fields.checksum[0] + fields.checksum[1]);
  if (sumOf(blank) !== Number.parseInt(text("checksum"), 8)) throw invalid("it is damaged, or no backup");
  const prefix = text("prefix");
  return {
    name: prefix === "" ? text("name") : `${prefix}/${text("name")}`,
    sizeBytes: Number.parseInt(text("size"), 8),
  };
}

export const invalid = (reason: string, cause?: unknown): HitchpostError =>
  new HitchpostError("backup_invalid", `The backup cannot be read: ${reason}.`, { cause });

const padding = (sizeBytes: number): number => (blockBytes - (sizeBytes % blockBytes)) % blockBytes;

const noteEntry = (hash: Hash, name: string, sizeBytes: number): Hash =>
  hash.update(`${name}\n${sizeBytes}\n`);

/** The archive's bytes, the closing entry with count and checksum included. */
export async function* packTar(entries: AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const { name, sizeBytes, body } of entries) {
    yield tarHeader(name, sizeBytes);
    noteEntry(hash, name, sizeBytes);
    let written = 0;
    for await (const chunk of body) {
      written += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
    if (written !== sizeBytes) throw new Error(`${name} changed its size while it was read`);
    yield Buffer.alloc(padding(sizeBytes));
    count++;
  }
  const closing = Buffer.from(JSON.stringify({ entries: count, sha256: hash.digest("hex") }));
  yield tarHeader(lastEntry, closing.length);
  yield closing;
  yield Buffer.alloc(padding(closing.length) + 2 * blockBytes);
}

export interface ReadEntry {
  name: string;
  sizeBytes: number;
  /** To be read whole before the next entry. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * The archive's entries but the closing one, which is checked.
 *
 * @throws HitchpostError backup_invalid when it is cut or damaged; possibly only after all entries
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const input = new ByteReader(source);
  const hash = createHash("sha256");
  for (let count = 0; ; count++) {
    const header = parseTarHeader(await input.take(blockBytes));
    if (!header) throw invalid("its end is missing");
    const { name, sizeBytes } = header;
    if (name === lastEntry) {
      assertComplete((await input.take(sizeBytes)).toString("utf8"), count, hash.digest("hex"));
      return;
    }
    noteEntry(hash, name, sizeBytes);
    yield { name, sizeBytes, body: bodyOf(input, sizeBytes, hash) };
    await input.take(padding(sizeBytes));
  }
}

async function* bodyOf(input: ByteReader, sizeBytes: number, hash: Hash): AsyncGenerator<Uint8Array> {
  for (let left = sizeBytes; left > 0;) {
    const chunk = await input.some(left);
    hash.update(chunk);
    left -= chunk.length;
    yield chunk;
  }
}

function assertComplete(text: string, entries: number, sha256: string): void {
  const told = JSON.parse(text) as { entries?: unknown; sha256?: unknown };
  if (told.entries !== entries || told.sha256 !== sha256) throw invalid("its checksum does not agree");
}

/** Hands out a stream's bytes by number. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least one and at most `max` bytes. */
  async some(max: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next();
      if (next.done) throw invalid("it is cut short");
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    const chunk = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk;
  }

  /** Exactly `count` bytes. */
  async take(count: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (let left = count; left > 0;) {
      const chunk = await this.some(left);
      chunks.push(chunk);
      left -= chunk.length;
    }
    return Buffer.concat(chunks);
  }
}

/**
 * Arrays for the parameters of a batch, which need their cast in the statement: `${binaryTexts(list)}::text[]`. The driver's own way
 * asks every element for characters that want escaping. In binary (`array_recv`) nothing is escaped, copied and parsed again.
 */
const textOid = 25;
const byteaOid = 17;
const headerBytes = 20;
const nullLength = -1;

/** A `text[]`, of strings or of their UTF-8; null stands for NULL. */
export function binaryTexts(values: readonly (string | Uint8Array | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? nullLength : Buffer.byteLength(value)));
  const { array, begin } = arrayOf(textOid, lengths);
  let at = begin;
  for (const [index, value] of values.entries()) {
    at = array.writeInt32BE(lengths[index]!, at);
    if (typeof value === "string") at += array.write(value, at);
    else if (value !== null) {
      array.set(value, at);
      at += value.length;
    }
  }
  return array;
}

/** A `bytea[]`. */
export function binaryBytes(values: readonly Uint8Array[]): Buffer {
  const { array, begin } = arrayOf(
    byteaOid,
    values.map((value) => value.length),
  );
  let at = begin;
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    array.set(value, at);
    at += value.length;
  }
  return array;
}

/**
 * The text form of an array whose elements never need quotes: UUIDs, numbers, booleans, times in ISO form, hex. null
 * stands for NULL.
 */
export const plainArray = (values: readonly (string | number | boolean | null)[]): string =>
  `{${values.map((value) => value ?? "NULL").join(",")}}`;

/** One dimension from 1: number of dimensions, flag of NULLs, element type, length, lower bound. */
function arrayOf(oid: number, lengths: readonly number[]): { array: Buffer; begin: number } {
  if (lengths.length === 0) {
    const empty = Buffer.alloc(12);
    empty.writeInt32BE(oid, 8);
    return { array: empty, begin: empty.length };
  }
  const size = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), headerBytes);
  const array = Buffer.allocUnsafe(size);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(lengths.includes(nullLength) ? 1 : 0, 4);
  array.writeInt32BE(oid, 8);
  array.writeInt32BE(lengths.length, 12);
  array.writeInt32BE(1, 16);
  return { array, begin: headerBytes };
}

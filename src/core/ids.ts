import { randomBytes, randomFillSync } from "node:crypto";
import { systemClock } from "./clock.ts";

/** Random octets in stock: to ask the system for those of each id takes longer than all the rest. */
const stock = Buffer.allocUnsafeSlow(4_096);
const idBytes = 16;
let used = stock.length;

/** A fresh id's worth of the stock; the caller writes over it. */
function takeRandom(): Buffer {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += idBytes;
  return stock.subarray(used - idBytes, used);
}

let lastMs = 0;
let counter = 0;

/**
 * A UUIDv7 (RFC 9562 5.7): milliseconds first, then a counter that keeps ids of one process ascending.
 * Ids are made in code, since a sequence does not distribute (see ARCHITECTURE.md).
 */
export function newId(nowMs: number = systemClock.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = randomBytes(2).readUInt16BE() & 0x7ff;
  } else if (++counter > 0xfff) {
    counter = 0;
    lastMs++;
  }
  const bytes = takeRandom();
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID in lower-case hexadecimal, as we print them. */
export const isId = (text: string): boolean => uuidPattern.test(text);

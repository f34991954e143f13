/**
 * A message's text and HTML as they are stored: packed once, where they were parsed, so that they cross threads, the wire to
 * the database and its disk small. The first octet says how: 0 JSON, 1 JSON in Brotli (RFC 7932).
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { PackedMessage, ParsedMessage } from "./types.ts";

export interface MessageBody {
  /** Plain text, with quotes. */
  text: string;
  /** Unsanitised HTML; null for plain mails. */
  html: string | null;
}

export interface PackedBody {
  /** What `unpackBody` takes. */
  bytes: Uint8Array<ArrayBuffer>;
  hasHtml: boolean;
}

const asJson = 0;
const asBrotli = 1;
/** Below this the packing costs more than it saves. */
const smallBytes = 400;
/** The quickest: a message is packed once and seldom read. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 0 };
/** More than the parser ever gives out (text-budget.ts): what unpacks to more is not ours. */
const maxBytes = 256 * 1024 * 1024;

/** The message with its body and its words packed. */
export function packMessage({ text, html, searchText, ...message }: ParsedMessage): PackedMessage {
  return { ...message, body: packBody({ text, html }), searchText: Buffer.from(searchText) };
}

export function packBody({ text, html }: MessageBody): PackedBody {
  const json = Buffer.from(JSON.stringify({ text, html }));
  const packed =
    json.length < smallBytes ? json : brotliCompressSync(json, { params, chunkSize: json.length });
  const bytes = new Uint8Array(packed.length + 1);
  bytes[0] = packed === json ? asJson : asBrotli;
  bytes.set(packed, 1);
  return { bytes, hasHtml: html !== null };
}

/**
 * @param bytes null: nothing was stored
 * @throws Error when the bytes are no packed body
 */
export function unpackBody(bytes: Uint8Array | null): MessageBody {
  if (bytes === null) return { text: "", html: null };
  const content = bytes.subarray(1);
  if (bytes[0] === asBrotli) return readJson(brotliDecompressSync(content, { maxOutputLength: maxBytes }));
  if (bytes[0] === asJson) return readJson(content);
  throw new Error(`A message's body is packed in a way that this program does not know (${bytes[0]}).`);
}

function readJson(bytes: Uint8Array): MessageBody {
  const { text, html } = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<MessageBody>;
  return { text: text ?? "", html: html ?? null };
}

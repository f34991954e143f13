/** Header fields of a message or a part (RFC 5322 2.2), read without trusting them. */

export type Header = {
  /** As written. */
  name: string;
  /** Unfolded, leading blank removed; bytes beyond ASCII as Latin-1 characters. */
  value: string;
  /** Where the field, folding included, stands in the bytes read. */
  start: number;
  end: number;
};

export type HeadersRead = {
  headers: Header[];
  /** Offset of the first byte after the empty line; the end where there is none. */
  bodyStart: number;
};

const lineFeed = 10;

/** Reads the header block that begins at `start`; a line that is no field is skipped. */
export function readHeaders(raw: Uint8Array, start = 0, end = raw.length): HeadersRead {
  const headers: Header[] = [];
  let position = start;
  while (position < end) {
    const lineEnd = endOfLine(raw, position, end);
    if (isEmptyLine(raw, position, lineEnd)) return { headers, bodyStart: lineEnd };
    let fieldEnd = lineEnd;
    while (fieldEnd < end && (raw[fieldEnd] === 32 || raw[fieldEnd] === 9)) {
      fieldEnd = endOfLine(raw, fieldEnd, end);
    }
    const header = fieldOf(raw, position, fieldEnd);
    if (header) headers.push(header);
    position = fieldEnd;
  }
  return { headers, bodyStart: end };
}

/** The first field of that name (lower case); null if there is none. */
export function headerValue(headers: readonly Header[], name: string): string | null {
  return headers.find((header) => header.name.toLowerCase() === name)?.value ?? null;
}

/** The offset just after the line feed that ends the line at `start`. */
export function endOfLine(raw: Uint8Array, start: number, end: number): number {
  const at = raw.indexOf(lineFeed, start);
  return at < 0 || at >= end ? end : at + 1;
}

function isEmptyLine(raw: Uint8Array, start: number, lineEnd: number): boolean {
  if (raw[lineEnd - 1] !== lineFeed) return false;
  return lineEnd - start === 1 || (lineEnd - start === 2 && raw[start] === 13);
}

function fieldOf(raw: Uint8Array, start: number, end: number): Header | null {
  const text = Buffer.from(raw.buffer, raw.byteOffset + start, end - start).toString("latin1");
  const colon = text.indexOf(":");
  if (colon <= 0) return null;
  const name = text.slice(0, colon).trimEnd();
  if (name === "" || /[\s]/.test(name)) return null;
  const value = text
    .slice(colon + 1)
    .replaceAll(/\r?\n(?=[ \t])/g, "")
    .replace(/\r?\n$/, "")
    .replaceAll(/[\r\n\0]/g, " ")
    .trim();
  return { name, value, start, end };
}

/** Values as IMAP writes them (RFC 9051 4). All text is bytes as Latin-1 characters. */
import { encodeModifiedUtf7 } from "./modified-utf7.ts";

/** A quoted string, or a literal where a quoted string may not hold the bytes. */
export function imapString(value: string): string {
  // A quoted string takes neither line breaks nor bytes beyond ASCII (RFC 3501 9, QUOTED-CHAR).
  if (!/^[\x20-\x7e\t]*$/.test(value)) return imapLiteral(value);
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

export function imapLiteral(value: string): string {
  return `{${value.length}}\r\n${value}`;
}

export function imapNstring(value: string | null): string {
  return value === null ? "NIL" : imapString(value);
}

/** A folder name: modified UTF-7, quoted only where it must be, as Outlook does. */
export function imapFolderName(name: string): string {
  const encoded = encodeModifiedUtf7(name);
  return /^[A-Za-z0-9&+,/_.-]+$/.test(encoded) ? encoded : imapString(encoded);
}

/** Ascending numbers as a sequence set, runs joined: `1:3,7`. */
export function imapSet(numbers: readonly number[]): string {
  const runs: string[] = [];
  let index = 0;
  while (index < numbers.length) {
    const first = numbers[index] ?? 0;
    let last = first;
    while (numbers[index + 1] === last + 1) last = numbers[++index] ?? last;
    runs.push(first === last ? String(first) : `${first}:${last}`);
    index++;
  }
  return runs.join(",");
}

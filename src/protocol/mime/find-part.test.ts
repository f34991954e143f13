import { expect, test } from "vitest";
import { findPart, matchAttachment } from "./find-part.ts";
import { decodeTransfer } from "./transfer.ts";

const file = (n: number, filename: string | null, contentType: string, sizeBytes: number) => ({
  n,
  partPath: `AAMkAD${n}`,
  filename,
  contentType,
  sizeBytes,
});

const part = (head: string, body: string): string => `--b\r\n${head}\r\n\r\n${body}\r\n`;
const attached = (name: string, type: string, text: string): string =>
  part(
    `Content-Type: ${type}\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64`,
    Buffer.from(text).toString("base64"),
  );
const raw = Buffer.from(
  [
    'From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n',
    part("Content-Type: text/plain", "See the files."),
    attached("=?utf-8?B?UmVjaG51bmcg4oSWMS5wZGY=?=", "application/pdf", "first"),
    attached("scan.png", "image/png", "one scan"),
    attached("scan.png", "image/png", "another scan"),
    "--b--\r\n",
  ].join(""),
);
const known = [
  file(1, "Rechnung №1.pdf", "application/pdf", 300),
  file(2, "scan.png", "image/png", 240),
  file(3, "scan.png", "image/png", 250),
];
const textOf = (n: number, list = known): string | null => {
  const found = findPart(raw, list, n);
  return found === null ? null : Buffer.from(decodeTransfer(found.body, found.encoding)).toString();
};

test("an id of Graph's is found in the source by name, type and size; of equals the position decides", () => {
  expect([1, 2, 3].map((n) => textOf(n))).toEqual(["first", "one scan", "another scan"]);
});

test("a file without a name is known by type and size, one that is renamed by them too", () => {
  expect(textOf(1, [file(1, null, "application/pdf", 300)])).toBe("first");
  expect(textOf(1, [file(1, "other.pdf", "APPLICATION/PDF", 300)])).toBe("first");
});

test("where nothing agrees there is none: another file is worse", () => {
  expect(textOf(1, [file(1, "song.mp3", "audio/mpeg", 300)])).toBeNull();
  expect(textOf(1, [file(1, "song.pdf", "application/pdf", 9_000_000)])).toBeNull();
  expect(matchAttachment(known, 7, known)).toBeNull();
});

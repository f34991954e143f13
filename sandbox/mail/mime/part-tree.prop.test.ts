import { array, assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";
import { bodyStructureOf } from "../imap/bodystructure.ts";
import { readPartTree } from "./part-tree.ts";
import type { Part } from "./part-tree.ts";

const line = constantFrom(
  "Content-Type: multipart/mixed; boundary=a",
  "Content-Type: message/rfc822",
  'Content-Type: text/plain; charset="utf-8',
  "Content-Disposition: attachment; filename=(x",
  "From: a <b@c>, (d",
  "--a",
  "--a--",
  "",
  " folded",
  "text",
);

function check(part: Part, start: number, end: number): void {
  expect(part.start).toBeGreaterThanOrEqual(start);
  expect(part.bodyStart).toBeGreaterThanOrEqual(part.start);
  expect(part.end).toBeGreaterThanOrEqual(part.bodyStart);
  expect(part.end).toBeLessThanOrEqual(end);
  for (const child of part.children) check(child, part.bodyStart, part.end);
  if (part.message) check(part.message, part.bodyStart, part.end);
}

test("whatever the bytes, parts lie within their parents and the structure is balanced", () => {
  assert(
    property(array(line, { maxLength: 40 }), constantFrom("\n", "\r\n"), (lines, end) => {
      const raw = Buffer.from(lines.join(end));
      const tree = readPartTree(raw);
      check(tree, 0, raw.length);
      const structure = bodyStructureOf(raw, tree, true).replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
      expect(structure.split("(").length).toBe(structure.split(")").length);
    }),
    { numRuns: 500 },
  );
});

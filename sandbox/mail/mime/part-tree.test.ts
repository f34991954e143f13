import { describe, expect, test } from "vitest";
import { readPartTree } from "./part-tree.ts";
import type { Part } from "./part-tree.ts";

const raw = (lines: string[]): Buffer => Buffer.from(lines.join("\r\n"), "latin1");
const types = (part: Part): unknown =>
  part.children.length > 0
    ? [part.contentType.value, ...part.children.map(types)]
    : part.message
      ? [part.contentType.value, types(part.message)]
      : part.contentType.value;

describe("readPartTree", () => {
  test("reads nested multiparts with boundaries that begin alike", () => {
    const source = raw([
      "Content-Type: multipart/mixed; boundary=a",
      "",
      "preamble",
      "--a",
      'Content-Type: multipart/alternative; boundary="ab"',
      "",
      "--ab",
      "",
      "one",
      "--ab",
      "Content-Type: text/html",
      "",
      "<b>",
      "--ab--",
      "--a",
      "Content-Type: image/png",
      "",
      "xx",
      "--a--",
      "epilogue",
    ]);
    const tree = readPartTree(source);
    expect(types(tree)).toEqual([
      "multipart/mixed",
      ["multipart/alternative", "text/plain", "text/html"],
      "image/png",
    ]);
    const image = tree.children[1];
    expect(image && source.toString("latin1", image.bodyStart, image.end)).toBe("xx");
  });

  test("opens a message inside a message", () => {
    const source = raw(["Content-Type: message/rfc822", "", "Subject: inner", "", "text"]);
    expect(types(readPartTree(source))).toEqual(["message/rfc822", "text/plain"]);
  });

  test("a multipart without boundary, or without parts, is text", () => {
    expect(types(readPartTree(raw(["Content-Type: multipart/mixed", "", "x"])))).toBe("text/plain");
    expect(types(readPartTree(raw(["Content-Type: multipart/mixed; boundary=q", "", "x"])))).toBe(
      "text/plain",
    );
  });

  test("a cut message keeps the part it has", () => {
    const tree = readPartTree(raw(["Content-Type: multipart/mixed; boundary=q", "", "--q", "", "cut"]));
    expect(types(tree)).toEqual(["multipart/mixed", "text/plain"]);
  });

  test("a boundary in the middle of a line parts nothing", () => {
    const lines = ["Content-Type: multipart/mixed; boundary=q", "", "--q", "", "see --q", "--q--"];
    const source = raw(lines);
    const { children } = readPartTree(source);
    expect(children.map((part) => source.toString("latin1", part.bodyStart, part.end))).toEqual(["see --q"]);
  });

  test("bare line feeds and no headers at all", () => {
    const source = Buffer.from("Content-Type: multipart/mixed; boundary=q\n\n--q\n\nx\n--q--\n");
    const [part] = readPartTree(source).children;
    expect(part && source.toString("latin1", part.bodyStart, part.end)).toBe("x");
    expect(types(readPartTree(Buffer.alloc(0)))).toBe("text/plain");
  });

  test("200 nested multiparts end at the depth limit as a leaf", () => {
    const open = Array.from(
      { length: 200 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}x\r\n\r\n--b${n}x\r\n`,
    );
    let part = readPartTree(Buffer.from(open.join("")));
    let depth = 0;
    while (part.children[0]) {
      part = part.children[0];
      depth++;
    }
    expect(depth).toBe(60);
    expect(part.contentType.value).toBe("application/octet-stream");
  });
});

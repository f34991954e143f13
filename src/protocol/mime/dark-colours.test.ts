import { describe, expect, test } from "vitest";
import { darkReadable } from "./dark-colours.ts";

describe("a mail on a dark page", () => {
  test.each([
    // what Outlook, Gmail and Apple write around plain text
    [
      '<div style="font-size:11pt; color: rgb(0, 0, 0);">a</div>',
      '<div style="font-size:11pt; color: inherit;">a</div>',
    ],
    ['<font face="Calibri" color="#000000">a</font>', '<font face="Calibri">a</font>'],
    ['<p style="color:windowtext">a</p>', '<p style="color:inherit">a</p>'],
    ['<p style="color:#222 !important">a</p>', '<p style="color:inherit !important">a</p>'],
    [
      '<p style="background:white;color:black">a</p>',
      '<p style="background:transparent;color:inherit">a</p>',
    ],
    ['<td bgcolor="#FFFFFF">a</td>', "<td>a</td>"],
    [
      '<div style="background:#0b0b12;color:#e0e0ff">a</div>',
      '<div style="background:#0b0b12;color:#e0e0ff">a</div>',
    ],
    ['<td bgcolor="#223344">a</td>', '<td bgcolor="#223344">a</td>'],
    ["<style>p{color:#333}</style><p>a</p>", "<style>p{color:inherit}</style><p>a</p>"],
    // what can be read stays as it is, and what is written about colours is text
    ['<p style="color:#f0996a">a</p>', '<p style="color:#f0996a">a</p>'],
    [
      '<p style="border-color:#000">color: #000; bgcolor="red"</p>',
      '<p style="border-color:#000">color: #000; bgcolor="red"</p>',
    ],
  ])("%s", (html, expected) => expect(darkReadable(html)).toBe(expected));

  test("a dark colour is lightened until it can be read, and stays that colour", () => {
    const [, red, green, blue] =
      /color:#(..)(..)(..)/
        .exec(darkReadable('<a style="color:#0563C1">a</a>') ?? "")
        ?.map((part) => Number.parseInt(part, 16)) ?? [];
    expect(blue).toBeGreaterThan(green ?? 255);
    expect(green).toBeGreaterThan(red ?? 255);
    expect(green).toBeGreaterThan(0x63);
  });

  test.each([
    '<td bgcolor="#7a4a2b">a</td>',
    '<div style="background-color:#f2efe9">a</div>',
    "<style>.x{background:#eee}</style>",
    '<table background="/v1/messages/1/images/2">a</table>',
    '<p style="color:var(--brand)">a</p>', // not understood
  ])("stays on paper: %s", (html) => expect(darkReadable(html)).toBe(null));
});

import { describe, expect, test } from "vitest";
import { escapeHtml, htmlToText, limitNesting, textToHtml } from "./html-text.ts";

describe("htmlToText", () => {
  test("keeps lines, lists and quotes, and leaves looks out", () => {
    const html =
      "<html><head><title>T</title><style>p{}</style></head><body><h1>Offer</h1><p>One&nbsp;<b>two</b><br>three</p><ul><li>a</li><li>b</li></ul><blockquote>old</blockquote><img src=x alt=pic></body></html>";
    expect(htmlToText(html)).toBe("Offer\n\nOne two\nthree\n\n * a\n * b\n\n> old");
  });

  test("writes the targets of links only when asked", () => {
    const html = '<p>See <a href="https://a.example/x">here</a></p>';
    expect(htmlToText(html)).toBe("See here");
    expect(htmlToText(html, { links: true })).toBe("See here [https://a.example/x]");
  });

  test.each([500, 4_999, 50_000])("text %i elements deep is still read", (depth) => {
    expect(htmlToText(`${"<div>".repeat(depth)}deep${"</div>".repeat(depth)}`)).toBe("deep");
  });

  test("so is the end of a log of 50,000 lines", () => {
    expect(htmlToText(`${"line<br>".repeat(50_000)}end`)).toMatch(/\nend$/);
  });
});

describe("limitNesting", () => {
  test("leaves mails alone, however many elements stand beside each other", () => {
    const flat = "<div><p>x</p><br><img src=x></div>".repeat(20_000);
    expect(limitNesting(flat)).toBe(flat);
  });

  test("drops what is nested deeper than anybody writes", () => {
    expect(limitNesting(`${"<b>".repeat(6_000)}x${"</b>".repeat(6_000)}`)).toBe(
      `${"<b>".repeat(5_000)}x${"</b>".repeat(5_000)}`,
    );
  });
});

test("plain text becomes HTML that shows the same", () => {
  expect(textToHtml("")).toBe("");
  expect(textToHtml("a <b>\n & c")).toBe('<div style="white-space:pre-wrap">a &lt;b&gt;\n &amp; c</div>');
  expect(escapeHtml(`"'`)).toBe("&quot;&#39;");
});

/** HTML to plain text, by html-to-text: for mails without a text part, and for the text part of what we send. */
import { compile, type HtmlToTextOptions } from "html-to-text";

const maxInputChars = 1_000_000;
const maxNesting = 5_000;

const options = (links: boolean): HtmlToTextOptions => ({
  wordwrap: false,
  // Below maxDepth even text is left out: nothing stands there once limitNesting has been at it.
  limits: { maxInputLength: maxInputChars, maxDepth: maxNesting + 10, maxChildNodes: 400_000, ellipsis: "" },
  selectors: [
    { selector: "img", format: "skip" },
    { selector: "a", options: { ignoreHref: !links, hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: "table", options: { uppercaseHeaderCells: false } },
    { selector: "style", format: "skip" },
    { selector: "title", format: "skip" },
  ],
});

const withLinks = compile(options(true));
const withoutLinks = compile(options(false));

/**
 * The text of an HTML document or piece; quotes get `> `. Never throws.
 *
 * @param links also write the targets of links, behind their text
 */
export function htmlToText(html: string, { links = false }: { links?: boolean } = {}): string {
  try {
    return (links ? withLinks : withoutLinks)(limitNesting(html.slice(0, maxInputChars))).replaceAll(
      "\u00a0",
      " ",
    );
  } catch {
    return stripTags(html);
  }
}

/**
 * Leaves out the tags of elements nested deeper than anybody writes: the HTML parser's time grows with the square of
 * the depth, so that 2 MB of `<div>` would hold a core for half a minute.
 */
export function limitNesting(html: string): string {
  if (html.length < maxNesting * 3) return html;
  let depth = 0;
  return html.replace(
    /<(\/?)(?!(?:area|br|col|hr|img|input|link|meta|wbr)\b)[a-z][^>]*(?:>|$)/gi,
    (tag, slash: string) => {
      if (slash === "") return ++depth > maxNesting ? "" : tag;
      const kept = depth <= maxNesting;
      depth = Math.max(0, depth - 1);
      return kept ? tag : "";
    },
  );
}

/** What is left when the HTML cannot be walked: its text without any layout. */
const stripTags = (html: string): string =>
  html
    .slice(0, maxInputChars)
    .replace(/<[^>]{0,2000}>/g, " ")
    .replace(/\s+/g, " ")
    .trim();

const escapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe to stand in HTML, in elements and quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => escapes[char]!);

/** Plain text as HTML that keeps its lines. */
export const textToHtml = (text: string): string =>
  text === "" ? "" : `<div style="white-space:pre-wrap">${escapeHtml(text)}</div>`;

/**
 * Where the quoted history begins in (sanitised) HTML: by the marks of the clients' own markup, and by the same words
 * as in plain text. Both halves are balanced pieces of HTML. When in doubt, everything is shown.
 */
import { beginsQuote, isAttributionLine, isForwardLine, isFromWord, type SplitText } from "./quotes.ts";

/** Everything from such an element on is history: Outlook, NetEase, Foxmail. */
const tailIds =
  /^(?:x_)*(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION|isReplyContent|origbody|replybody|ntes-quote)$/i;
/** The element itself is the quote; an answer may stand below. */
const quoteClasses =
  /(?:^|\s)(?:x_)*(?:gmail_quote(?:_container)?|gmail_extra|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-cite-prefix|foxmail_quote|ntes_quote|mailMasterReplyQuote)(?:\s|$)/i;
const signatures =
  /(?:^|\s)(?:x_)*(?:gmail_signature|moz-signature|ms-outlook-mobile-signature|Signature)(?:\s|$)/;
const blocks =
  /^(?:address|article|blockquote|center|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|section|table|tbody|td|th|tr|ul)$/;
const voids = /^(?:br|hr|img|col|wbr|input|meta|link)$/;

interface Open {
  name: string;
  /** The whole tag as it stands, to open it again in the second half. */
  source: string;
  at: number;
}

interface Cut {
  at: number;
  open: Open[];
}

interface Scan {
  html: string;
  open: Open[];
  /** The block that began last and has no text yet: text found next stands at its beginning. */
  fresh: Cut | null;
  /** The block with the last text before, for the attribution line above a quote. */
  lastText: Cut | null;
  signature: (Cut & { depth: number; closed: boolean }) | null;
  /** How many more places are looked at closely: hostile mail repeats the marks. */
  looks: number;
}

/** Splits sanitised HTML into what was written now and the history below; `quoted` is empty when there is none. */
export function splitQuotedHtml(html: string): SplitText {
  const cut = findCut(html);
  if (!cut) return { visible: html, quoted: "" };
  const visible =
    html.slice(0, cut.at) +
    cut.open
      .map(({ name }) => `</${name}>`)
      .reverse()
      .join("");
  if (textOf(visible).trim() === "" && !/<img\b[^>]*\bsrc=/i.test(visible))
    return { visible: html, quoted: "" };
  return { visible, quoted: cut.open.map(({ source }) => source).join("") + html.slice(cut.at) };
}

function findCut(html: string): Cut | null {
  const scan: Scan = { html, open: [], fresh: null, lastText: null, signature: null, looks: 200 };
  const token =
    /<!--[\s\S]*?-->|<style\b[\s\S]*?<\/style>|<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^'">])*)>|[^<]+|</gi;
  for (let found = token.exec(html); found; found = token.exec(html)) {
    const [source, slash, name] = found;
    if (name === undefined) {
      if (!source.startsWith("<")) {
        const cut = onText(scan, source, found.index);
        if (cut !== undefined) return cut && earlierSignature(scan, cut);
      }
    } else if (slash === "/") onClose(scan, name.toLowerCase());
    else {
      const cut = onOpen(scan, name.toLowerCase(), source, found.index);
      if (cut !== undefined) return cut && earlierSignature(scan, cut);
    }
  }
  return scan.signature?.closed ? scan.signature : null;
}

/** @returns a cut, null for "nothing is to be folded", undefined to go on */
function onOpen(scan: Scan, name: string, source: string, at: number): Cut | null | undefined {
  const here: Cut = { at, open: [...scan.open] };
  const id = attribute(source, "id");
  const kind = attribute(source, "class");
  if (tailIds.test(id)) return withAttribution(scan, here);
  if (quoteClasses.test(kind) || (name === "blockquote" && isQuote(scan, source, here))) {
    if (scan.looks-- <= 0) return null;
    const end = kind.includes("moz-cite-prefix") ? at : elementEnd(scan.html, name, at);
    const text = textOf(scan.html.slice(at, at + 3_000));
    if (text.split("\n").slice(0, 6).some(isForwardLine)) return null;
    if (kind.includes("moz-cite-prefix") || textOf(scan.html.slice(end)).trim() === "")
      return withAttribution(scan, here);
    return undefined; // an answer stands below the quote
  }
  if (signatures.test(`${kind} ${id}`) && scan.signature === null) {
    scan.signature = { ...here, depth: scan.open.length, closed: false };
  }
  if (blocks.test(name)) scan.fresh ??= here;
  if (!voids.test(name) && !source.endsWith("/>")) scan.open.push({ name, source, at });
  if (name === "br") scan.fresh = { at: at + source.length, open: [...scan.open] };
  return undefined;
}

/** By its own mark, or because `On … wrote:` stands above it. */
const isQuote = (scan: Scan, source: string, here: Cut): boolean =>
  attribute(source, "type").toLowerCase() === "cite" || withAttribution(scan, here) !== here;

function onClose(scan: Scan, name: string): void {
  const index = scan.open.findLastIndex((entry) => entry.name === name);
  if (index >= 0) scan.open.length = index;
  if (scan.signature && scan.open.length <= scan.signature.depth) scan.signature.closed = true;
  if (blocks.test(name)) scan.fresh = null;
}

function onText(scan: Scan, source: string, at: number): Cut | null | undefined {
  const text = decode(source.slice(0, 400)).trim();
  if (text === "") return undefined;
  if (scan.signature?.closed) scan.signature = null; // text below it: it stays in sight
  const start = scan.fresh ?? { at, open: [...scan.open] };
  if ((mayBeginQuote.test(text) || isFromWord(text)) && scan.looks-- > 0) {
    const lines = textOf(scan.html.slice(start.at, start.at + 6_000))
      .split("\n")
      .filter((line) => line.trim() !== "");
    if (lines[0] !== undefined && isForwardLine(lines[0])) return null;
    if (beginsQuote(lines)) return start;
  }
  if (scan.fresh) scan.lastText = start;
  scan.fresh = null;
  return undefined;
}

/** Only text that can begin a quote is looked at closely: rules, and words with a colon. */
const mayBeginQuote = /^(?:[-_—─=]{2,}|[\p{L} ]{1,14}\s*[:：]|.{0,60}[:：]$)/u;

/** `On … wrote:` directly above the quote belongs to it. */
function withAttribution(scan: Scan, cut: Cut): Cut {
  const above = scan.lastText;
  if (!above || cut.at - above.at > 3_000) return cut;
  const text = textOf(scan.html.slice(above.at, cut.at)).replace(/\s+/g, " ").trim();
  return isAttributionLine(text) ? above : cut;
}

/** A signature between the new text and the quote goes with the quote. */
const earlierSignature = (scan: Scan, cut: Cut): Cut =>
  scan.signature && scan.signature.at < cut.at ? scan.signature : cut;

function elementEnd(html: string, name: string, at: number): number {
  const tags = new RegExp(`<(/?)${name}\\b[^>]*>`, "gi");
  tags.lastIndex = at;
  let depth = 0;
  for (let found = tags.exec(html); found; found = tags.exec(html)) {
    depth += found[1] === "/" ? -1 : 1;
    if (depth === 0) return found.index + found[0].length;
  }
  return html.length;
}

function attribute(tag: string, name: string): string {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(tag);
  return decode(found?.[1] ?? found?.[2] ?? found?.[3] ?? "");
}

const textOf = (html: string): string =>
  decode(
    html
      .replace(/<style\b[\s\S]*?(?:<\/style>|$)/gi, "")
      .replace(/\s+/g, " ")
      .replace(/<(?:br|\/?(?:div|p|tr|li|blockquote|h[1-6]|hr|table))\b[^>]*>/gi, "\n")
      .replace(/<[^>]*(?:>|$)/g, ""),
  );

const decode = (text: string): string =>
  text
    .replace(/&nbsp;|&#160;|&#xa0;/gi, " ")
    .replaceAll("\u00a0", " ")
    .replace(/&lt;/gi, "<")
    .replace(/&gt;/gi, ">")
    .replace(/&quot;/gi, '"')
    .replace(/&amp;/gi, "&");

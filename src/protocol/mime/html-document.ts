/**
 * A sanitised mail as a page of its own, for a frame without scripts: quotes are folded by `<details>`, pictures keep
 * inside, and in dark mode a mail that brings no grounds of its own follows it while one that does stays on light paper.
 */
import { darkReadable } from "./dark-colours.ts";
import { escapeHtml } from "./html-text.ts";
import { splitQuotedHtml } from "./quotes-html.ts";

export interface HtmlDocumentOptions {
  /** The reader's colour scheme is dark. */
  dark: boolean;
  /** Language of the page around, for the label: BCP 47. */
  lang?: string;
  /** Words on the fold; null leaves quotes unfolded. */
  quoteLabel?: string | null;
}

const baseStyle = `
:root{color-scheme:light}
html.dark{color-scheme:dark}
html,body{margin:0;padding:0;background:#fff;color:#1f1d1a}
html.dark,html.dark body{background:#1d1c19;color:#ece8e1}
body{padding:0 0 4px;font:14px/1.55 "Inter Variable",Inter,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;overflow-wrap:anywhere}
body.paper{padding:12px;border-radius:6px}
body>:first-child,body>:first-child>:first-child,body>:first-child>:first-child>:first-child{margin-top:0}
body>:last-child{margin-bottom:0}
img{max-width:100%}
img:not([height]){height:auto}
img[data-blocked-src]{min-width:16px;min-height:16px;outline:1px dashed #9aa1ab;outline-offset:-1px}
table{max-width:100%}
pre{white-space:pre-wrap}
a{color:#a8481f}
html.dark a{color:#f0996a}
blockquote{margin:0;margin-inline-start:4px;padding-inline-start:12px;border-inline-start:2px solid #d5cfc5}
html.dark blockquote{border-inline-start-color:#45413a}
details.mail-quote{margin-top:12px}
details.mail-quote>summary{display:inline-block;cursor:pointer;list-style:none;padding:0 10px;border-radius:9px;background:#f3f0eb;color:#57524a;font-size:12px;line-height:18px}
details.mail-quote>summary::-webkit-details-marker{display:none}
html.dark details.mail-quote>summary{background:#272522;color:#b5aea2}
`;

/** On paper the sender's own dark design would be half applied: its rules never hold there. */
const withoutDarkRules = (html: string): string =>
  html.replace(/prefers-color-scheme\s*:\s*dark/gi, "prefers-color-scheme:none");

/**
 * Wraps a sanitised body as a standalone page.
 *
 * @param body from `sanitiseHtml` (or `textToHtml`)
 */
export function htmlDocument(
  body: string,
  { dark, lang = "en", quoteLabel = "···" }: HtmlDocumentOptions,
): string {
  const followed = dark ? darkReadable(body) : null;
  const paper = dark && followed === null;
  const shown = followed ?? (paper ? withoutDarkRules(body) : body);
  const content = quoteLabel === null ? shown : foldQuotes(shown, quoteLabel);
  return (
    `<!doctype html><html lang="${escapeHtml(lang)}"${dark && !paper ? ' class="dark"' : ""}><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer"><style>${baseStyle}</style></head>` +
    `<body${paper ? ' class="paper"' : ""}>${content}</body></html>`
  );
}

/** Puts the quoted history into a closed `<details>`. */
function foldQuotes(body: string, label: string): string {
  const { visible, quoted } = splitQuotedHtml(body);
  if (quoted === "") return body;
  return `${withoutBlankEnd(visible)}<details class="mail-quote"><summary>${escapeHtml(label)}</summary>${quoted}</details>`;
}

const blankEnd =
  /(?:<(div|p)(?: [^<>]*)?>(?:\s|&nbsp;|<br[^<>]*>)*<\/\1>|<br[^<>]*>|&nbsp;|\s)((?:<\/(?:div|p|span|font|section)>|\s)*)$/;
/** A blank end longer than this is rather left than looked at for long. */
const blankChars = 1_000;

/** Mail programs leave empty lines before what they quote; folded away, there is nothing to keep them apart from. */
function withoutBlankEnd(html: string): string {
  const from = Math.max(0, html.length - blankChars);
  let end = html.slice(from);
  for (let lines = 0; lines < 20 && blankEnd.test(end); lines++) end = end.replace(blankEnd, "$2");
  return html.slice(0, from) + end;
}

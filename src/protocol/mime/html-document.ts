/**
 * A sanitised mail as a page of its own, for a frame without scripts: quotes are folded by `<details>`, pictures keep
 * inside, and in dark mode a mail that sets no colours follows it while one that does stays on light paper.
 */
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
body{padding:0 0 4px;font:14px/1.55 Inter,-apple-system,"Segoe UI",system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;overflow-wrap:anywhere}
body.paper{padding:12px;border-radius:6px}
body>:first-child,body>:first-child>:first-child{margin-top:0}
body>:last-child{margin-bottom:0}
img{max-width:100%}
img:not([height]){height:auto}
img[data-blocked-src]{min-width:16px;min-height:16px;outline:1px dashed #9aa1ab;outline-offset:-1px}
table{max-width:100%}
pre{white-space:pre-wrap}
a{color:#a8481f}
html.dark a{color:#f0996a}
blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #d5cfc5}
html.dark blockquote{border-left-color:#45413a}
details.mail-quote{margin-top:12px}
details.mail-quote>summary{display:inline-block;cursor:pointer;list-style:none;padding:0 10px;border-radius:9px;background:#f3f0eb;color:#57524a;font-size:12px;line-height:18px}
details.mail-quote>summary::-webkit-details-marker{display:none}
html.dark details.mail-quote>summary{background:#272522;color:#b5aea2}
`;

/** Colours the sender chose; a plain black text on nothing does not count. */
const ownColours =
  /bgcolor=|background(?:-color)?\s*:|(?:^|[;"{\s])color\s*:\s*(?!(?:black|#000(?:000)?|windowtext|inherit|initial|rgb\(0, ?0, ?0\))\b)/i;

/**
 * Wraps a sanitised body as a standalone page.
 *
 * @param body from `sanitiseHtml` (or `textToHtml`)
 */
export function htmlDocument(
  body: string,
  { dark, lang = "en", quoteLabel = "···" }: HtmlDocumentOptions,
): string {
  const paper = dark && ownColours.test(body);
  const content = quoteLabel === null ? body : foldQuotes(body, quoteLabel);
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
  return `${visible}<details class="mail-quote"><summary>${escapeHtml(label)}</summary>${quoted}</details>`;
}

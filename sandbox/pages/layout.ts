/** The frame around every page: the ribbon that says what this is, one card, a way to the index. */

import { html, Html } from "./html.ts";
import type { Language } from "./language.ts";
import { wordsOf, type Words } from "./text.ts";

/** What every page needs to know. */
export type PageContext = { language: Language; basePath: string };

export type Frame = PageContext & {
  title: string;
  wide?: boolean;
  /** Brings the script that finds and copies. */
  scripted?: boolean;
  body: (words: Words) => Html;
};

/** A whole HTML document as text. */
export function layout({ language, basePath, title, wide = false, scripted = false, body }: Frame): string {
  const words = wordsOf(language);
  const page = html`<html lang="${language === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${words.notMicrosoft}</title>
<link rel="stylesheet" href="${basePath}/assets/style.css">
${scripted ? html`<script src="${basePath}/assets/page.js" defer></script>` : undefined}
</head>
<body>
<header class="ribbon"><strong>${words.notMicrosoft}</strong> <span>${words.ribbon}</span></header>
<main${wide ? new Html(' class="wide"') : undefined}>
<div class="card">
<div class="brand"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 10h18l-2 10H5zM7 10a5 5 0 0 1 10 0M12 5V2"/></svg>${words.sandbox}</div>
${body(words)}
</div>
</main>
${wide ? undefined : html`<footer><a href="${basePath}/">${words.toIndex}</a></footer>`}
</body>
</html>`;
  return `<!doctype html>\n${page.text}`;
}

/** Two letters in a circle, for looks only. */
export function avatar(name: string): Html {
  const initials = name
    .split(" ")
    .map((part) => part.charAt(0))
    .join("")
    .slice(0, 2);
  return html`<span class="av" aria-hidden="true">${initials}</span>`;
}

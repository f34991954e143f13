/** Picks the language of a page by Accept-Language (RFC 9110 12.5.4): English or 中文. */

import type { IncomingMessage } from "node:http";

export type Language = "en" | "zh";

/** The best of our two languages for this request; English when neither is asked for. */
export function languageOf(req: IncomingMessage): Language {
  return chooseLanguage(req.headers["accept-language"] ?? "");
}

/** Pure part of `languageOf`: reads the header's text. */
export function chooseLanguage(header: string): Language {
  const ranked = header
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters
        .map((text) => /^\s*q=([\d.]+)$/.exec(text)?.[1])
        .find((q) => q !== undefined);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => quality > 0 && /^(en|zh)\b/.test(tag))
    .toSorted((a, b) => b.quality - a.quality);
  return ranked[0]?.tag.startsWith("zh") === true ? "zh" : "en";
}

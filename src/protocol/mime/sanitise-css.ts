/**
 * The CSS of a mail, in `<style>` and `style=`: nothing that loads, nothing that runs, nothing that leaves its place.
 * It is filtered as text after its escapes are resolved; what is left can at worst look odd.
 */

/** Gives the address to use for a `url()`, or null to leave the picture out. */
export type UrlFilter = (url: string) => string | null;

/** At-rules that load or rename things; the others (`@media`, `@supports`) stay. */
const atRules = /@(import|charset|namespace|document|-moz-document|property|layer)\b[^;{}]*;?/gi;
const fontFaces = /@font-face\s*\{[^{}]*\}/gi;
const urls = /url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)?/gi;
const loaders = /(?:-webkit-|-moz-)?(?:image-set|cross-fade|element|image|src)\s*\([^;{}]*/gi;
const runners = /expression\s*\(|(?:-moz-binding|behaviou?r)\s*:|javascript\s*:|vbscript\s*:/gi;
const leaving = /\bposition\s*:\s*(?:-webkit-)?(?:fixed|sticky)/gi;
/** Lengths by the window's height, which is the mail's own here: it would grow with every look at it. */
const windowHeights =
  /(?<=[\s:(,])[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[sld]?v(?:h|b|max)|cq(?:h|b|max))(?=[\s;:),!{}]|$)/gi;

/** Scrubs a style sheet. The result holds no `<`, so that it cannot end its element. */
export function scrubStyleSheet(css: string, filter: UrlFilter): string {
  return scrub(css.slice(0, 300_000).replaceAll("<!--", " ").replaceAll("-->", " "), filter);
}

/** Scrubs the value of a `style` attribute. */
export function scrubStyle(css: string, filter: UrlFilter): string {
  return scrub(css.slice(0, 20_000).replace(/[{}]/g, " "), filter).trim();
}

function scrub(css: string, filter: UrlFilter): string {
  return resolveEscapes(css)
    .replaceAll("<", " ")
    .replace(atRules, " ")
    .replace(fontFaces, " ")
    .replace(loaders, "none")
    .replace(runners, "blocked:")
    .replace(leaving, "position:static")
    .replace(windowHeights, "auto") // where a length must stand, browsers pass over the declaration
    .replace(urls, (_, double?: string, single?: string, bare?: string) => {
      const allowed = filter((double ?? single ?? bare ?? "").trim());
      return allowed === null ? "none" : `url("${allowed.replace(/["\\\s<>()]/g, encodeURIComponent)}")`;
    });
}

/** `\75rl(` is `url(`: comments and escapes are how filters are walked around (CSS Syntax 4.3.7). */
function resolveEscapes(css: string): string {
  const plain = css
    .replace(/\/\*[\s\S]*?(?:\*\/|$)/g, " ")
    .replace(/\\([0-9a-f]{1,6})[ \t\r\n\f]?/gi, (_, hex: string) => codePoint(Number.parseInt(hex, 16)))
    .replace(/\\[\r\n\f]/g, "")
    .replaceAll("\\", "");
  return plain.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, " ").replaceAll("\0", "");
}

/** Signs that would change the structure (quotes, brackets) stay out; letters and symbols come back as themselves. */
function codePoint(code: number): string {
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "\uFFFD";
  const char = String.fromCodePoint(code);
  return /["'\\{};<>]/.test(char) ? "" : char;
}

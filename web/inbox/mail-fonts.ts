/**
 * The page's own type for a mail that names none. The mail's frame may load nothing (its policy), so the page hands the
 * bytes over: those of the alphabets that stand in the mail, which the browser has in its cache already.
 */
const family = "Inter Variable";

interface Face {
  url: string;
  /** As CSS has it: `U+0000-00FF, U+0131`. */
  unicodeRange: string;
}

/** What the page's style sheets say of its type. */
function ownFaces(): Face[] {
  return [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .filter((rule) => rule.style.getPropertyValue("font-family").includes(family))
    .map((rule) => ({
      url: /url\("?([^")]+)"?\)/u.exec(rule.style.getPropertyValue("src"))?.[1] ?? "",
      unicodeRange: rule.style.getPropertyValue("unicode-range"),
    }));
}

/** Whether a text has a character of a CSS unicode range. */
export function isUsed(unicodeRange: string, text: string): boolean {
  const ranges = [...unicodeRange.matchAll(/U\+([0-9a-f]+)(?:-([0-9a-f]+))?/giu)].map(([, from, to]) => [
    Number.parseInt(from ?? "", 16),
    Number.parseInt(to ?? from ?? "", 16),
  ]);
  const points = new Set([...text].map((char) => char.codePointAt(0) ?? 0));
  return [...points].some((point) => ranges.some(([from = 0, to = 0]) => point >= from && point <= to));
}

const bytes = new Map<string, Promise<ArrayBuffer>>();
function bytesOf(url: string): Promise<ArrayBuffer> {
  const known = bytes.get(url);
  if (known !== undefined) return known;
  const asked = fetch(url).then((response) => response.arrayBuffer());
  bytes.set(url, asked);
  asked.catch(() => bytes.delete(url)); // another mail may try again
  return asked;
}

/** Where it fails, the mail is shown in the next type of its list. */
export async function handFontsOver(page: Document): Promise<void> {
  const view = page.defaultView;
  if (view === null) return;
  const text = page.body?.textContent ?? "";
  const faces = ownFaces().filter((face) => face.url !== "" && isUsed(face.unicodeRange, text));
  await Promise.allSettled(
    faces.map(async ({ url, unicodeRange }) => {
      const data = await bytesOf(new URL(url, document.baseURI).href);
      page.fonts.add(new view.FontFace(family, data, { weight: "100 900", unicodeRange }));
    }),
  );
}

/** What somebody pasted or dropped, made fit to be asked about. Pure. */

/** More is no log of one error. */
export const mostFileBytes = 1_000_000;
/** What the server takes is 200,000; it reads a text's head and tail (docs/cli.md, `explain`). */
const askedChars = 100_000;

export type FileProblem = "big" | "binary" | "unreadable";

/** Of a text: what is asked, and whether its middle was left out. */
export interface Asked {
  text: string;
  isCut: boolean;
}

/** Without the zero characters that the API refuses; of a long text its beginning and its end. */
export function askedText(pasted: string): Asked {
  const clean = pasted.replaceAll("\u0000", " ").trim();
  if (clean.length <= askedChars) return { text: clean, isCut: false };
  const half = askedChars / 2;
  return { text: `${clean.slice(0, half)}\n${clean.slice(-half)}`, isCut: true };
}

/** Many control characters: no text of any language has them. */
function isBinary(text: string): boolean {
  const head = text.slice(0, 4_000);
  // oxlint-disable-next-line no-control-regex -- control characters are what is counted
  const odd = head.match(/[\u0000-\u0008\u000E-\u001A\u001C-\u001F\uFFFD]/gu)?.length ?? 0;
  return head.length > 0 && odd / head.length > 0.05;
}

function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const whole = new TextDecoder().decode(bytes);
  if (!whole.includes("\uFFFD")) return whole;
  const chinese = new TextDecoder("gb18030").decode(bytes);
  return !chinese.includes("\uFFFD") && /[\u4E00-\u9FFF]{2}/u.test(chinese) ? chinese : whole;
}

/** A file's text: UTF-8, UTF-16 with a mark, else GB 18030; or why it is none. */
export function textOfFile(bytes: Uint8Array): { text: string } | { problem: FileProblem } {
  if (bytes.length > mostFileBytes) return { problem: "big" };
  const text = decoded(bytes);
  return isBinary(text) || text.trim() === "" ? { problem: "binary" } : { text };
}

export type Sureness = "certain" | "likely" | "possible" | "faint";

/** @param confidence 0 to 1 */
export function sureness(confidence: number): Sureness {
  if (confidence >= 0.9) return "certain";
  if (confidence >= 0.65) return "likely";
  return confidence >= 0.35 ? "possible" : "faint";
}

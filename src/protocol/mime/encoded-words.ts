/**
 * Encoded words (RFC 2047, with the language of RFC 2231 5) as they are really written: beside each other without a
 * space, in quotes, with blanks inside, and one character cut in two between words of one charset.
 */
import { decodeBytes } from "./charset.ts";
import { decodeTransfer } from "./transfer.ts";

/** `=?charset*language?B?…?=`; the text may hold blanks, and a question mark that ends nothing, but no other word's beginning. */
const word = /=\?(["'\w.:()+-]*)(?:\*[\w-]*)?\s*\?([bq])\?((?:[^?=]|=(?!\?\w)|\?(?!=))*?)\?=/giu;

interface Word {
  charset: string;
  encoding: "b" | "q";
  /** Still encoded. */
  text: string;
}

/** Decodes the encoded words in a text; what is none, or broken, stays as it is. White space between two words is no text. */
export function decodeWords(text: string): string {
  if (!text.includes("=?")) return text;
  let out = "";
  let open: Word[] = [];
  let end = 0;
  for (const found of text.matchAll(word)) {
    const [whole, charset = "", encoding = "", encoded = ""] = found;
    const between = text.slice(end, found.index);
    const next: Word = {
      charset: charset.toLowerCase(),
      encoding: encoding.toLowerCase() as "b" | "q",
      text: encoded,
    };
    if (open.length === 0 || between.trim() !== "") {
      out += decodeRun(open) + between;
      open = [];
    } else if (open[0]!.charset !== next.charset) {
      out += decodeRun(open);
      open = [];
    }
    open.push(next);
    end = found.index + whole.length;
  }
  return out + decodeRun(open) + text.slice(end);
}

/** Words of one charset that follow each other: their bytes are joined before they are read as characters. */
function decodeRun(words: readonly Word[]): string {
  if (words.length === 0) return "";
  const pieces: Uint8Array[] = [];
  let rest = "";
  for (const [index, { encoding, text }] of words.entries()) {
    if (encoding === "q") pieces.push(decodeTransfer(bytesOf(text.replaceAll("_", " ")), "quoted-printable"));
    else {
      // Some cut the base64 text itself anywhere: what makes no whole group goes on in the next word.
      const joined = rest + text.replace(/\s/g, "");
      const goesOn = words[index + 1]?.encoding === "b" && !joined.endsWith("=");
      const whole = goesOn ? joined.length - (joined.length % 4) : joined.length;
      pieces.push(decodeTransfer(bytesOf(joined.slice(0, whole)), "base64"));
      rest = joined.slice(whole);
    }
  }
  return decodeBytes(Buffer.concat(pieces), words[0]!.charset).text;
}

/** Characters beyond ASCII have no business in a word: they stay the UTF-8 that they came from. */
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "utf8");

/** The first charset that a header names in its words: what its sender writes in, where the body does not say. */
export const charsetOfWords = (value: string): string | null =>
  [...value.slice(0, 4_000).matchAll(word)]
    .map((found) => found[1] ?? "")
    .find((charset) => charset !== "") ?? null;

/**
 * Words for the full-text index. Scripts that write no spaces are cut by Intl.Segmenter (Unicode UAX 29 with
 * dictionaries), the same way for what is stored and what is asked.
 */
import { capBytes } from "./body.ts";
import type { MailAddress } from "./types.ts";

const maxSearchBytes = 100 * 1024;
const unspaced =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]+/gu;
const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

/**
 * What stands between words: an address, a path, a number of an order is found by each of its pieces. Single blanks, which
 * are most of it, stay as they are.
 */
const separators =
  /[[\p{P}\p{Sm}\p{Sc}\p{Sk}\p{Z}\p{Cc}]--[ ]][\p{P}\p{Sm}\p{Sc}\p{Sk}\p{Z}\p{Cc}]*| [\p{P}\p{Sm}\p{Sc}\p{Sk}\p{Z}\p{Cc}]+/gv;
/** Accents of Latin, Greek and Cyrillic, vowel signs of Arabic and Hebrew; those of Thai and Hindi are letters. */
const accents = /[\u0300-\u036f]|[\u0591-\u05c7]|\u0640|[\u064b-\u065f]|\u0670/g;
const letters: Record<string, string> = {
  ß: "ss",
  ẞ: "ss",
  æ: "ae",
  Æ: "ae",
  œ: "oe",
  Œ: "oe",
  ø: "o",
  Ø: "o",
  đ: "d",
  Đ: "d",
  ł: "l",
  Ł: "l",
  ı: "i",
  þ: "th",
  Þ: "th",
  ð: "d",
};
const foldedLetters = new RegExp(`[${Object.keys(letters).join("")}]`, "g");

/**
 * Words joined by single spaces, as they are stored and asked for: Chinese, Japanese, Thai and Korean cut, full-width
 * forms folded (NFKC), accents left out, since nobody types them all.
 */
export function segmentForSearch(text: string): string {
  const folded = isAscii(text)
    ? text
    : foldAccents(text.normalize("NFKC")).replace(unspaced, (run) => ` ${words(run)} `);
  return folded.replace(separators, " ").trim();
}

const isAscii = (text: string): boolean => !/\P{ASCII}/u.test(text);

function foldAccents(text: string): string {
  return text
    .normalize("NFD")
    .replace(accents, "")
    .normalize("NFC")
    .replace(foldedLetters, (letter) => letters[letter]!);
}

/** True when the text has a script that writes no spaces. */
export const isUnspaced = (text: string): boolean => text.search(unspaced) >= 0;

function words(run: string): string {
  const found: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(run)) if (isWordLike) found.push(segment);
  return found.join(" ");
}

/** The search text of a message, at most 100 KB: subject and people first, so that they are never cut away. */
export function buildSearchText(message: {
  subject: string;
  people: readonly MailAddress[];
  attachmentNames: readonly string[];
  visible: string;
}): string {
  const people = message.people.slice(0, 200).map(({ name, address }) => `${name} ${address}`);
  const text = [message.subject, ...people, ...message.attachmentNames.slice(0, 200), message.visible].join(
    "\n",
  );
  return capBytes(segmentForSearch(capBytes(text, maxSearchBytes)), maxSearchBytes);
}

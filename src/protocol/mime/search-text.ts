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

/** Text with its Chinese, Japanese, Thai and Korean cut into words, all joined by single spaces; full-width forms folded (NFKC). */
export function segmentForSearch(text: string): string {
  const folded = text.normalize("NFKC");
  const cut = folded.replace(unspaced, (run) => ` ${words(run)} `);
  return cut.replace(/\s+/g, " ").trim();
}

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

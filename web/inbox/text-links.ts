/** Finds web and mail addresses in plain text. Pure; what is shown is always the whole, true target. */
export type TextPart = { text: string; href: string | null };

const pattern =
  /(https?:\/\/[^\s<>"'“”‘’（）【】《》，。；、]+|[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)/gu;
/** What ends a sentence and not an address. */
const trailing = /[.,;:!?)\]}]+$/u;

function trimmed(match: string): string {
  const tail = trailing.exec(match)?.[0] ?? "";
  // A closing bracket belongs to the address when its opening one does: https://en.wikipedia.org/wiki/Mug_(cup)
  if (tail.startsWith(")") && match.includes("(")) return match.slice(0, match.length - tail.length + 1);
  return match.slice(0, match.length - tail.length);
}

/** The text in parts, in order; joined they are the text again. */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const found = trimmed(match[0]);
    if (found === "") continue;
    if (match.index > at) parts.push({ text: text.slice(at, match.index), href: null });
    parts.push({ text: found, href: /^https?:/u.test(found) ? found : `mailto:${found}` });
    at = match.index + found.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), href: null });
  return parts;
}

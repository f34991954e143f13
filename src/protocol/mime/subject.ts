/**
 * Subjects as mail clients write them: reply and forward prefixes of many languages, with ASCII or full-width colon,
 * counted (`Re[2]:`, `RE^3:`) or repeated. RFC 5256 2.1 knows only the English ones.
 */

const replyPrefixes = [
  "re",
  "aw",
  "antw",
  "antwort",
  "sv",
  "vs",
  "rv",
  "res",
  "ref",
  "rif",
  "r",
  "odp",
  "ynt",
  "yanıt",
  "vá",
  "vl",
  "atb",
  "ats",
  "bls",
  "réf",
  "rép",
  "réponse",
  "respuesta",
  "resposta",
  "risposta",
  "odpověď",
  "отв",
  "ответ",
  "відп",
  "απ",
  "σχετ",
  "השב",
  "تعليق",
  "رد",
  "回复",
  "回覆",
  "答复",
  "答覆",
  "回信",
  "返信",
  "返",
  "회신",
  "답장",
  "ตอบ",
  "ตอบกลับ",
  "trả lời",
  "balas",
  "bls",
];
const forwardPrefixes = [
  "fw",
  "fwd",
  "wg",
  "tr",
  "vb",
  "vs",
  "enc",
  "i",
  "pd",
  "doorst",
  "rv",
  "fs",
  "vl",
  "továbbítás",
  "ilt",
  "пер",
  "переслано",
  "πρθ",
  "weitergeleitet",
  "reenv",
  "inoltro",
  "转发",
  "轉寄",
  "轉發",
  "转寄",
  "転送",
  "전달",
  "ส่งต่อ",
  "chuyển tiếp",
  "trs",
  "הועבר",
  "إعادة توجيه",
];

const escaped = (words: string[]) => [...new Set(words)].sort((a, b) => b.length - a.length).join("|");
const prefixPattern = (words: string[]) =>
  new RegExp(
    `^(?:${escaped(words)})\\s*(?:\\[\\d{1,3}\\]|\\(\\d{1,3}\\)|\\^\\d{1,3}|\\*\\d{1,3})?\\s*[:：]\\s*`,
    "iu",
  );

const replyPattern = prefixPattern(replyPrefixes);
const anyPattern = prefixPattern([...replyPrefixes, ...forwardPrefixes]);

/** NFC, white space folded to single spaces; prefixes kept. What identity compares. */
export function canonicalSubject(subject: string): string {
  return subject.normalize("NFC").replace(/\s+/gu, " ").trim();
}

/** True when the subject says it answers something (Re, AW, SV, 回复, 答复 …); forwards do not. */
export const hasReplyPrefix = (subject: string): boolean => replyPattern.test(canonicalSubject(subject));

/** Takes all reply and forward prefixes off; the case is kept. */
function stripPrefixes(subject: string): string {
  let rest = canonicalSubject(subject);
  for (let found = anyPattern.exec(rest); found; found = anyPattern.exec(rest))
    rest = rest.slice(found[0].length);
  return rest;
}

/** The subject that the mails of one conversation share: prefixes off, `[tags]` kept, lower case. */
export const baseSubject = (subject: string): string => stripPrefixes(subject).toLowerCase();

/** The subject of a reply: `Re: ` once, whatever stood before. */
export function replySubject(subject: string): string {
  const rest = stripReplyPrefixes(canonicalSubject(subject));
  return rest === "" ? "Re:" : `Re: ${rest}`;
}

/** The subject of a forward: `Fwd: ` once; a reply prefix below it stays. */
export function forwardSubject(subject: string): string {
  const rest = canonicalSubject(subject).replace(/^(?:(?:fwd?|wg|转发|轉寄)\s*[:：]\s*)+/iu, "");
  return rest === "" ? "Fwd:" : `Fwd: ${rest}`;
}

function stripReplyPrefixes(subject: string): string {
  let rest = subject;
  for (let found = replyPattern.exec(rest); found; found = replyPattern.exec(rest))
    rest = rest.slice(found[0].length);
  return rest;
}

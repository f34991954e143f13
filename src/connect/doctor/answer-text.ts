/**
 * An answer as programs, servers and people hand it on, brought to two forms that can be compared: wrapped, escaped,
 * encoded and translated alike. Linear in the answer's length, which is cut first.
 */

/** An answer's head and tail hold what is said; between them megabytes of a page or of noise may stand. */
const headChars = 24_000;
const tailChars = 8_000;

export interface AnswerText {
  /** In lower case, one blank for any white space: for patterns. */
  plain: string;
  /** Letters and digits alone: for phrases, wherever a program broke the line. */
  squeezed: string;
  /** Looks like a web page where none was due. */
  isPage: boolean;
  isEmpty: boolean;
}

const namedEntities: Record<string, string> = { quot: '"', amp: "&", lt: "<", gt: ">", nbsp: " ", apos: "'" };

const codePoint = (number: number): string =>
  number > 0 && number < 0x11_00_00 ? String.fromCodePoint(number) : " ";

/** What a JSON document, a query string, a page or a Python `b'…'` does to a text, undone. */
const decoded = (text: string): string =>
  text
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_all, hex: string) => codePoint(Number.parseInt(hex, 16)))
    .replaceAll(/\\[rntf]/gi, " ")
    .replaceAll(/\\(["'/\\])/g, "$1")
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, percentDecoded)
    .replaceAll(/=\r?\n/g, "")
    .replaceAll(/<[a-z/!][^<>]{0,300}>/gi, " ")
    .replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (all, name: string) => entity(all, name));

function percentDecoded(run: string): string {
  const bytes = run
    .slice(1)
    .split("%")
    .map((hex) => Number.parseInt(hex, 16));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function entity(all: string, name: string): string {
  if (name.startsWith("#x") || name.startsWith("#X")) return codePoint(Number.parseInt(name.slice(2), 16));
  if (name.startsWith("#")) return codePoint(Number(name.slice(1)));
  return namedEntities[name.toLowerCase()] ?? all;
}

/** The challenge of a refused XOAUTH2 is JSON in base64 (`eyJ…`): its words are read, too. */
function withChallenge(text: string): string {
  const found = /\beyJ[A-Za-z0-9+/]{20,400}={0,2}(?![\w.-])/.exec(text)?.[0];
  if (found === undefined) return text;
  const inside = Buffer.from(found, "base64").toString("utf8");
  return inside.includes('"status"') ? `${text} ${inside}` : text;
}

/** A query string writes blanks as plus signs. */
const withoutPlus = (text: string): string =>
  /error(_description)?=/i.test(text) || /\w\+\w+\+\w/.test(text) ? text.replaceAll("+", " ") : text;

/** Letters and digits of all scripts, in lower case: what stays of a phrase however it is written. */
export const squeeze = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");

const cut = (text: string): string =>
  text.length <= headChars + tailChars
    ? text
    : `${text.slice(0, headChars)} ${text.slice(text.length - tailChars)}`;

/** The two forms of an answer. Never throws; of a long one its head and tail. */
export function readText(answer: string): AnswerText {
  const short = cut(answer);
  const words = withoutPlus(decoded(withChallenge(short)));
  const plain = words
    .toLowerCase()
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return {
    plain,
    squeezed: squeeze(words),
    isPage: /<(!doctype html|html|head|body|title)\b/i.test(short),
    isEmpty: plain === "",
  };
}

/**
 * The text of bytes that anybody may hand us: UTF-8, UTF-16 with a mark (as PowerShell writes), else GB 18030, which is
 * what Chinese providers and systems send.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const whole = new TextDecoder().decode(bytes);
  if (!whole.includes("\uFFFD")) return whole;
  const chinese = new TextDecoder("gb18030").decode(bytes);
  return !chinese.includes("\uFFFD") && /[\u4E00-\u9FFF]{2}/u.test(chinese) ? chinese : whole;
}

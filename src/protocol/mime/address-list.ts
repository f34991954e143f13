/**
 * Address lists (RFC 5322 3.4, with the obsolete forms of 4.4 and what broken programs write: semicolons between
 * addresses, commas in names, addresses without brackets or with too many). Reads everything, throws nothing; encoded
 * words are decoded last and in names alone, so that none of them can become an address.
 */
import { decodeWords } from "./encoded-words.ts";
import type { MailAddress } from "./types.ts";

// Hostile fields repeat what opens and never closes: each look ahead, and their number, has an end.
const maxTokens = 50_000;
const maxQuoteChars = 4_000;
const maxCommentChars = 1_000;
const maxBareChars = 2_000;

type Token =
  /** Letters as they stand; `spaced`: white space or a comment stands before it. */
  | { kind: "text"; text: string; spaced: boolean }
  | { kind: "quoted"; text: string; spaced: boolean }
  | { kind: "comment"; text: string }
  /** What stands between `<` and `>`. */
  | { kind: "angle"; text: string }
  | { kind: "end"; char: "," | ";" | ":" };

/** The addresses of a field, groups flattened. White space in them is gone, quotes of a local part stay. */
export function parseAddressList(field: string): MailAddress[] {
  const list: MailAddress[] = [];
  let tokens: Token[] = [];
  /** Words between commas, perhaps the beginning of a name: `Doe, John <j@x.example>`. */
  let words: string[] = [];
  const finish = () => {
    for (const { name, address, how } of readMailbox(tokens)) {
      if (how === "words") {
        words.push(name);
        continue;
      }
      if (how === "bare") list.push(...words.map(withoutPlace), { name, address });
      else list.push({ name: [...words, name].filter((piece) => piece !== "").join(", "), address });
      words = [];
    }
    tokens = [];
  };
  for (const token of tokenize(field)) {
    if (token.kind !== "end") tokens.push(token);
    else if (token.char === ":") tokens = []; // the name of a group
    else finish();
  }
  finish();
  return [...list, ...words.map(withoutPlace)];
}

/** Words without an `@`: one alone is a mailbox of the machine itself (`root`, `MAILER-DAEMON`), several are a name. */
const withoutPlace = (text: string): MailAddress =>
  /^[\w.+-]+$/.test(text) ? { name: "", address: text } : { name: text, address: "" };

function* tokenize(field: string): Generator<Token> {
  let spaced = false;
  let count = 0;
  for (let i = 0; i < field.length && count < maxTokens; count++) {
    const char = field[i]!;
    if (/\s/.test(char)) {
      spaced = true;
      i++;
    } else if (char === "," || char === ";") {
      yield { kind: "end", char };
      i++;
    } else if (char === ":" && isGroupName(field, i)) {
      yield { kind: "end", char };
      i++;
    } else {
      const [token, next] = readToken(field, i, spaced);
      yield token;
      spaced = token.kind === "comment";
      i = next;
    }
  }
}

function readToken(field: string, at: number, spaced: boolean): [Token, number] {
  switch (field[at]) {
    case '"': {
      const end = closingQuote(field, at + 1);
      if (end > 0) return [{ kind: "quoted", text: unescape(field.slice(at + 1, end)), spaced }, end + 1];
      break;
    }
    case "(": {
      const end = commentEnd(field, at);
      if (end > 0) return [{ kind: "comment", text: unescape(field.slice(at + 1, end)) }, end + 1];
      break;
    }
    case "<": {
      const end = angleEnd(field, at + 1);
      return [{ kind: "angle", text: field.slice(at + 1, end) }, field[end] === ">" ? end + 1 : end];
    }
    default:
  }
  const end = textEnd(field, at);
  return [{ kind: "text", text: field.slice(at, end), spaced }, end];
}

/** Offset of the closing quote; -1 when it does not come soon. */
function closingQuote(field: string, from: number, limit = maxQuoteChars): number {
  for (let i = from; i < field.length && i - from < limit; i++) {
    if (field[i] === "\\") i++;
    else if (field[i] === '"') return i;
  }
  return -1;
}

function commentEnd(field: string, from: number): number {
  let depth = 0;
  for (let i = from; i < field.length && i - from < maxCommentChars; i++) {
    if (field[i] === "\\") i++;
    else if (field[i] === "(") depth++;
    else if (field[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

/** At `>`; without one, where the next address begins. */
function angleEnd(field: string, from: number): number {
  for (let i = from; i < field.length; i++) {
    if (field[i] === ">") return i;
    if (field[i] === '"') {
      const end = closingQuote(field, i + 1, maxCommentChars);
      if (end > 0) i = end;
    } else if (field[i] === "<" || field[i] === ";" || (field[i] === "," && field[from] !== "@")) return i;
  }
  return field.length;
}

/** A run of letters; an encoded word (RFC 2047 2) is taken whole, and so is a domain in brackets (RFC 5321 4.1.3). */
function textEnd(field: string, from: number): number {
  const word = /=\?[^\s?]*\?[bq]\?[^\s?]*\?=/iy;
  for (let i = from; i < field.length; i++) {
    word.lastIndex = i;
    const found = field[i] === "=" ? word.exec(field) : null;
    if (found) i += found[0].length - 1;
    else if (field[i] === "[" && field[i - 1] === "@") i = Math.max(i, field.indexOf("]", i));
    else if (i > from && /[\s,;<("]/.test(field[i]!)) return i;
    else if (i > from && field[i] === ":" && isGroupName(field, i)) return i;
  }
  return field.length;
}

/** A colon ends the name of a group where neither an address nor a word like `mailto:` stands before it. */
function isGroupName(field: string, colon: number): boolean {
  const before = field.slice(Math.max(0, colon - 300), colon);
  const own = before.slice(Math.max(before.lastIndexOf(","), before.lastIndexOf(";")) + 1);
  return !own.includes("@") && !own.includes("<") && !/(?:^|[\s[])(?:mailto|https?|smtp|id)$/i.test(own);
}

const unescape = (text: string): string => text.replace(/\\([\s\S])/g, "$1");

interface Read extends MailAddress {
  /** Words alone may be the first half of a name. */
  how: "brackets" | "bare" | "words";
}

/** Usually one address; several when somebody left out the commas. */
function readMailbox(tokens: Token[]): Read[] {
  const comment = tokens.flatMap((token) => (token.kind === "comment" ? [token.text] : [])).join(" ");
  const angles = tokens.flatMap((token) => (token.kind === "angle" ? [token.text] : []));
  if (angles.length === 0) return readBare(tokens, comment);
  const bracketed = angles.filter((text) => text.includes("@"));
  const first = tokens.findIndex((token) => token.kind === "angle");
  const name = nameOf(tokens.slice(0, first)) || nameOf(tokens.slice(first + 1)) || decodeWords(comment);
  const addresses = (bracketed.length > 0 ? bracketed : angles.slice(0, 1)).map(cleanAddress);
  return addresses
    .filter((address, index) => address !== "" || (index === 0 && name !== ""))
    .map((address, index) => ({ name: index === 0 ? name : "", address, how: "brackets" }));
}

/** Without brackets: what holds an `@` is the address, what stands around it the name. */
function readBare(tokens: Token[], comment: string): Read[] {
  const text = tokens
    .map((token) =>
      token.kind === "text"
        ? `${token.spaced ? " " : ""}${token.text}`
        : token.kind === "quoted"
          ? `${token.spaced ? " " : ""}"${token.text.replace(/["\\]/g, "\\$&")}"`
          : "",
    )
    .join("")
    .slice(0, maxBareChars)
    .trim();
  const found = [
    ...text.matchAll(/(?<![^\s"@])(?:"(?:[^"\\]|\\.)*"|[^\s"@]+) ?(?:@ ?[^\s"@]+(?: \. ?[^\s".@]+)*)+/g),
  ];
  if (found.length === 0) {
    const name = nameOf(tokens);
    return name === "" ? [] : [{ name, address: "", how: "words" }];
  }
  const around = text.replace(found[0]![0], " ").trim();
  const name = found.length === 1 ? decodeWords(unquote(around)) || decodeWords(comment) : "";
  return found.map(([address]) => ({ name, address: cleanAddress(address), how: "bare" }));
}

const unquote = (text: string): string =>
  text
    .replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => unescape(inner))
    .replace(/^[<>[\]\s]+|[<>[\]\s]+$/g, "");

/** Words and quoted pieces as they follow each other; encoded words stand in quotes too, though RFC 2047 5 forbids it. */
function nameOf(tokens: readonly Token[]): string {
  let name = "";
  let run = "";
  const flush = () => {
    name += decodeWords(run);
    run = "";
  };
  for (const token of tokens) {
    if (token.kind !== "text" && token.kind !== "quoted") continue;
    if (token.kind === "text" && /^[<>]+$/.test(token.text)) continue; // brackets too many
    const glue = token.spaced && name + run !== "" ? " " : "";
    if (token.kind === "text") run += glue + token.text;
    else {
      flush();
      name += glue + decodeWords(token.text);
    }
  }
  flush();
  return name.trim();
}

/** addr-spec alone: no comments, no white space outside of quotes, no source route (RFC 5322 4.4), no `mailto:`. */
function cleanAddress(text: string): string {
  if (/^[\w.+-]+@[\w.-]+$/.test(text)) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const end = char === '"' ? closingQuote(text, i + 1) : char === "(" ? commentEnd(text, i) : -1;
    if (end > 0) {
      if (char === '"') out += text.slice(i, end + 1);
      i = end;
    } else if (!/[\s<>]/.test(char)) out += char;
  }
  if (/^[^@]*:@/.test(out)) return ""; // `<undisclosed-recipients:@host;>`
  return out
    .replace(/^@[^:]*:/, "")
    .replace(/^\[?mailto:/i, "")
    .replace(/[,;]+$/, "")
    .replace(/^([^[]*)\]$/, "$1");
}

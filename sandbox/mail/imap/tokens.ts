/** The arguments of a command as a tree (RFC 9051 9): atoms, strings and parenthesised lists. */
import { literalMark } from "./command-reader.ts";
import { BadCommand } from "./refusal.ts";

export type Token =
  | { kind: "atom"; text: string }
  /** Quoted or literal; bytes as Latin-1 characters. */
  | { kind: "string"; text: string; bytes: Buffer }
  | { kind: "list"; items: Token[] };

const maxDepth = 50;

type Scan = { text: string; literals: Buffer[]; position: number; nextLiteral: number };

/** Reads all arguments that stand in `text`; throws BadCommand where the syntax is broken. */
export function readTokens(text: string, literals: Buffer[]): Token[] {
  const scan: Scan = { text, literals, position: 0, nextLiteral: 0 };
  const tokens = readItems(scan, 0);
  if (scan.position < text.length) throw new BadCommand();
  return tokens;
}

function readItems(scan: Scan, depth: number): Token[] {
  if (depth > maxDepth) throw new BadCommand();
  const items: Token[] = [];
  for (;;) {
    while (scan.text[scan.position] === " ") scan.position++;
    const char = scan.text[scan.position];
    if (char === undefined || char === ")") return items;
    items.push(readItem(scan, char, depth));
  }
}

function readItem(scan: Scan, char: string, depth: number): Token {
  if (char === "(") {
    scan.position++;
    const items = readItems(scan, depth + 1);
    if (scan.text[scan.position] !== ")") throw new BadCommand();
    scan.position++;
    return { kind: "list", items };
  }
  if (char === '"') return readQuoted(scan);
  if (char === literalMark) return readLiteral(scan);
  return readAtom(scan);
}

function readQuoted(scan: Scan): Token {
  let value = "";
  for (let index = scan.position + 1; index < scan.text.length; index++) {
    const char = scan.text.charAt(index);
    if (char === '"') {
      scan.position = index + 1;
      return { kind: "string", text: value, bytes: Buffer.from(value, "latin1") };
    }
    if (char === literalMark) break;
    value += char === "\\" ? scan.text.charAt(++index) : char;
  }
  throw new BadCommand();
}

function readLiteral(scan: Scan): Token {
  const bytes = scan.literals[scan.nextLiteral++];
  if (!bytes) throw new BadCommand();
  scan.position++;
  return { kind: "string", text: bytes.toString("latin1"), bytes };
}

/** An atom, with everything between its square brackets: `BODY[HEADER.FIELDS (SUBJECT)]<0.100>`. */
function readAtom(scan: Scan): Token {
  let text = "";
  let inBrackets = false;
  for (;;) {
    const char = scan.text[scan.position];
    if (char === undefined) break;
    if (!inBrackets && (char === " " || char === "(" || char === ")" || char === '"')) break;
    if (char === literalMark) {
      if (!inBrackets) break;
      text += scan.literals[scan.nextLiteral++]?.toString("latin1") ?? "";
      scan.position++;
      continue;
    }
    if (char === "[" && scan.text.includes("]", scan.position)) inBrackets = true;
    if (char === "]") inBrackets = false;
    text += char;
    scan.position++;
  }
  if (text === "") throw new BadCommand();
  return { kind: "atom", text };
}

/** The text of an astring; throws BadCommand for a list or a missing argument. */
export function textOf(token: Token | undefined): string {
  if (!token || token.kind === "list") throw new BadCommand();
  return token.text;
}

/** Atoms of a list, or the one atom itself, in upper case. */
export function atomsOf(token: Token | undefined): string[] {
  if (token?.kind === "list") return token.items.flatMap((item) => textOf(item).toUpperCase());
  return [textOf(token).toUpperCase()];
}

/** Strings as UTF-8 where they are that, as Latin-1 where not. */
export function unicodeOf(token: Token | undefined): string {
  const latin = textOf(token);
  const text = Buffer.from(latin, "latin1").toString("utf8");
  return text.includes("\uFFFD") ? latin : text;
}

/**
 * FETCH responses (RFC 9051 7.5.2) to tokens, as imapflow's parser gives them and ten times as fast: they are nearly all that a
 * server sends, and to read them letter by letter was a quarter of an import's work. Pure. Knows the forms that servers write
 * every day; whatever else stands in a response is imapflow's to read.
 */
import type { ImapAttribute, ImapAttributeList, ImapResponse } from "./imapflow-internals.ts";

/** imapflow takes a hundred; what nests nearly so deep is left to its limits. */
const mostDepth = 90;
/** As with the depth. */
const mostTokens = 100_000;

const beginning = /^\* (\d{1,10}) FETCH \(/;
/** Words, flags, numbers. What has another character in it may be something else to imapflow. */
const atomForm = /(?:\\?[A-Za-z$][A-Za-z0-9.$_-]*|\d+)(?=[ )[])/y;
const sectionForm = /\[([A-Z0-9.]*)\](?:<(0|[1-9]\d*)>)? /y;
const literalForm = /\{(0|[1-9]\d*)\}\r\n/y;

class Reader {
  readonly #text: string;
  readonly #literals: readonly Buffer[];
  #at: number;
  #literal = 0;
  #tokens = 0;

  constructor(text: string, at: number, literals: readonly Buffer[]) {
    this.#text = text;
    this.#at = at;
    this.#literals = literals;
  }

  /** The list whose parenthesis was just read, and nothing but blanks behind it; null when there is anything unknown. */
  read(): ImapAttributeList | null {
    const outer: ImapAttributeList = [];
    const open: ImapAttributeList[] = [];
    let list = outer;
    for (;;) {
      switch (this.#text[this.#at]) {
        case " ":
          this.#at++;
          continue;
        case "(": {
          const inner: ImapAttributeList = [];
          list.push(inner);
          open.push(list);
          list = inner;
          this.#at++;
          if (open.length > mostDepth) return null;
          continue;
        }
        case ")": {
          this.#at++;
          const around = open.pop();
          if (around === undefined) return this.#isOver() ? outer : null;
          list = around;
          continue;
        }
        default: {
          const token = this.#token();
          if (token === undefined || ++this.#tokens > mostTokens) return null;
          list.push(token);
        }
      }
    }
  }

  #isOver(): boolean {
    return this.#literal === this.#literals.length && this.#text.slice(this.#at).trim() === "";
  }

  /** Undefined: it is none of the known forms. Null: NIL. */
  #token(): ImapAttribute | undefined {
    const first = this.#text[this.#at];
    if (first === '"') return this.#quoted();
    if (first === "{") return this.#fromLiteral();
    const value = this.#match(atomForm)?.[0];
    if (value === undefined) return undefined;
    if (this.#text[this.#at] === "[") return this.#withSection(value);
    return value.length === 3 && value.toUpperCase() === "NIL" ? null : { type: "ATOM", value };
  }

  #quoted(): ImapAttribute | undefined {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    const plain = this.#text.slice(start, end);
    if (end < 0) return undefined;
    if (!plain.includes("\\")) {
      this.#at = end + 1;
      return { type: "STRING", value: plain };
    }
    let value = "";
    for (end = start; this.#text[end] !== '"'; end++) {
      if (this.#text[end] === "\\") end++;
      if (end >= this.#text.length) return undefined;
      value += this.#text[end];
    }
    this.#at = end + 1;
    return { type: "STRING", value };
  }

  #fromLiteral(): ImapAttribute | undefined {
    const size = this.#match(literalForm)?.[1];
    const value = this.#literals[this.#literal++];
    return value?.length === Number(size) ? { type: "LITERAL", value } : undefined;
  }

  /** `BODY[1.2]<0>` */
  #withSection(value: string): ImapAttribute | undefined {
    if (value !== "BODY") return undefined;
    const [, name, from] = this.#match(sectionForm) ?? [];
    if (name === undefined || name === "NIL") return undefined;
    return {
      type: "ATOM",
      value,
      section: name === "" ? [] : [{ type: "ATOM", value: name }],
      ...(from !== undefined && { partial: [Number(from)] }),
    };
  }

  #match(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (found !== null) this.#at = form.lastIndex;
    return found;
  }
}

/**
 * @param line a response without its line end, literals left out but for their markers (`{12}`)
 * @param literals their octets, in order
 * @returns null when it is no FETCH response, or one with something in it that is not read here
 */
export function readFetchResponse(line: Buffer, literals: readonly Buffer[]): ImapResponse | null {
  if (line[0] !== 0x2a) return null;
  const text = line.toString("utf8");
  const found = beginning.exec(text);
  if (found === null) return null;
  const items = new Reader(text, found[0].length, literals).read();
  return items === null
    ? null
    : { tag: "*", command: found[1]!, attributes: [{ type: "ATOM", value: "FETCH" }, items] };
}

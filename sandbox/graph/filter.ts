/**
 * $filter: comparisons joined by `and`, `or`, `not` and brackets, with contains, startsWith and endsWith.
 * https://learn.microsoft.com/graph/filter-query-parameter
 */
import { GraphError } from "./errors.ts";

export type Values = (property: string) => unknown;
export type Filter = (values: Values) => boolean;

type Token = { kind: "word" | "text" | "symbol"; text: string };

const invalid = (why: string): GraphError =>
  new GraphError(400, "BadRequest", `Invalid filter clause: ${why}`);

/** Reads a filter into a judgement. @throws GraphError BadRequest when it is not understood */
export function readFilter(text: string): Filter {
  const reader = new Reader(tokensOf(text));
  const filter = reader.either();
  reader.end();
  return filter;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:'((?:[^']|'')*)'|([(),])|([^\s(),']+))/gy;
  while (pattern.lastIndex < text.trimEnd().length) {
    const match = pattern.exec(text);
    if (!match) throw invalid("a quote is not closed.");
    if (match[1] !== undefined) tokens.push({ kind: "text", text: match[1].replaceAll("''", "'") });
    else if (match[2] !== undefined) tokens.push({ kind: "symbol", text: match[2] });
    else tokens.push({ kind: "word", text: match[3] ?? "" });
  }
  return tokens;
}

class Reader {
  readonly #tokens: Token[];
  #at = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    const rest = this.#tokens[this.#at];
    if (rest) throw invalid(`unexpected '${rest.text}'.`);
  }

  either(): Filter {
    let left = this.#both();
    while (this.#takeWord("or")) {
      const [first, second] = [left, this.#both()];
      left = (values) => first(values) || second(values);
    }
    return left;
  }

  #both(): Filter {
    let left = this.#one();
    while (this.#takeWord("and")) {
      const [first, second] = [left, this.#one()];
      left = (values) => first(values) && second(values);
    }
    return left;
  }

  #one(): Filter {
    if (this.#takeWord("not")) {
      const inner = this.#one();
      return (values) => !inner(values);
    }
    if (this.#takeSymbol("(")) {
      const inner = this.either();
      this.#needSymbol(")");
      return inner;
    }
    const word = this.#need("word").text;
    return this.#takeSymbol("(") ? this.#textFunction(word) : this.#comparison(word);
  }

  #textFunction(name: string): Filter {
    const property = this.#need("word").text;
    this.#needSymbol(",");
    const wanted = this.#need("text").text.toLowerCase();
    this.#needSymbol(")");
    const test = { contains: "includes", startswith: "startsWith", endswith: "endsWith" } as const;
    const method = test[name.toLowerCase() as keyof typeof test] ?? null;
    if (method === null) throw invalid(`unknown function '${name}'.`);
    return (values) => lower(values(property))[method](wanted);
  }

  #comparison(property: string): Filter {
    const operator = this.#need("word").text.toLowerCase();
    const value = this.#tokens[this.#at++];
    if (!value || value.kind === "symbol") throw invalid("a value is missing.");
    const wanted = value.kind === "text" ? value.text : literal(value.text);
    const judge = comparisons[operator];
    if (!judge) throw invalid(`unknown operator '${operator}'.`);
    return (values) => judge(compared(values(property), wanted));
  }

  #need(kind: Token["kind"]): Token {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== kind) throw invalid(`expected a ${kind}, found '${token?.text ?? "the end"}'.`);
    return token;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" || token.text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #takeSymbol(symbol: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "symbol" || token.text !== symbol) return false;
    this.#at++;
    return true;
  }

  #needSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw invalid(`'${symbol}' is missing.`);
  }
}

const comparisons: Record<string, (order: number) => boolean> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

const lower = (value: unknown): string => (typeof value === "string" ? value.toLowerCase() : "");

function literal(text: string): string | number | boolean | null {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) throw invalid(`'${text}' is no value.`);
  return date;
}

/** Not a number where the two cannot be compared, which no operator but `ne` takes. */
function compared(value: unknown, wanted: string | number | boolean | null): number {
  if (typeof wanted === "number" && typeof value === "string") return Date.parse(value) - wanted;
  if (typeof wanted === "number" && typeof value === "number") return value - wanted;
  if (typeof wanted === "string") {
    const text = lower(value);
    const other = wanted.toLowerCase();
    return typeof value !== "string" ? Number.NaN : text < other ? -1 : text > other ? 1 : 0;
  }
  return value === wanted ? 0 : Number.NaN;
}

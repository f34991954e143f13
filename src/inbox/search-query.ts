/**
 * What people type into the search box, pure: words (all must occur, the last one may be unfinished), "quoted phrases",
 * and from: to: subject: has:attachment is:unread before: after:. Nothing typed is an error: what is not understood is
 * searched for as words.
 */
import { isUnspaced, segmentForSearch } from "../protocol/mime/search-text.ts";

export interface SearchQuery {
  /** For `to_tsquery('simple', …)`; null when no word can be looked up in the index. */
  tsquery: string | null;
  /** Signs that the index does not know (emoji): looked for in subject and first words. */
  literals: string[];
  from: string[];
  to: string[];
  subject: string[];
  hasAttachment: boolean;
  isUnread: boolean;
  before: Date | null;
  after: Date | null;
}

const maxTerms = 20;
const termPattern = /(?:(\p{L}+):)?(?:["“”„]([^"“”„]*)["“”„]?|(\S+))/gu;

/** Reads a query; never throws. */
export function parseSearch(input: string): SearchQuery {
  const query: SearchQuery = {
    tsquery: null,
    literals: [],
    from: [],
    to: [],
    subject: [],
    hasAttachment: false,
    isUnread: false,
    before: null,
    after: null,
  };
  const parts: string[] = [];
  const text = input.normalize("NFKC").replaceAll("\0", "").toWellFormed();
  const terms = [...text.matchAll(termPattern)].slice(0, maxTerms);
  const unfinished = /[^\s"“”„]$/u.test(text);
  terms.forEach((term, index) => {
    const [whole, operator, phrase, word] = term;
    const value = phrase ?? word ?? "";
    if (operator !== undefined && value !== "" && applyOperator(query, operator.toLowerCase(), value)) return;
    const isLast = index === terms.length - 1 && unfinished && phrase === undefined;
    addWords(query, parts, phrase ?? whole, { isPhrase: phrase !== undefined, isLast });
  });
  query.tsquery = parts.length === 0 ? null : parts.join(" & ");
  return query;
}

/** False when the operator or its value is unknown: then it is text. */
function applyOperator(query: SearchQuery, operator: string, value: string): boolean {
  switch (operator) {
    case "from":
    case "to":
    case "subject":
      query[operator].push(value);
      return true;
    case "has":
      if (!/^attachments?$/i.test(value)) return false;
      query.hasAttachment = true;
      return true;
    case "is":
      if (value.toLowerCase() !== "unread") return false;
      query.isUnread = true;
      return true;
    case "before":
    case "after": {
      const date = readDate(value);
      if (date === null) return false;
      query[operator] = date;
      return true;
    }
    default:
      return false;
  }
}

/** 2026, 2026-03 or 2026-03-14 (also with slashes or dots), in UTC. */
function readDate(value: string): Date | null {
  const match = /^(\d{4})(?:[-/.](\d{1,2}))?(?:[-/.](\d{1,2}))?$/.exec(value);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  if (month < 1 || month > 12 || day < 1 || day > 31) return null;
  return new Date(Date.UTC(year, month - 1, day));
}

function addWords(
  query: SearchQuery,
  parts: string[],
  text: string,
  { isPhrase, isLast }: { isPhrase: boolean; isLast: boolean },
): void {
  const tokens = segmentForSearch(text).split(" ").filter(Boolean);
  const words = tokens.filter((token) => /[\p{L}\p{N}]/u.test(token));
  if (!isPhrase && words.length === 0 && text !== "") query.literals.push(text);
  if (words.length === 0) {
    if (isPhrase && text.trim() !== "") query.literals.push(text);
    return;
  }
  const lexemes = words.map(
    (word, index) => quoteLexeme(word) + (isLast && index === words.length - 1 ? ":*" : ""),
  );
  // Pieces of one word stand beside each other; how Chinese is cut depends on what stands around it.
  const inOrder = isPhrase || (lexemes.length > 1 && !isUnspaced(text));
  parts.push(inOrder ? `(${lexemes.join(" <-> ")})` : lexemes.join(" & "));
}

/** A word as `to_tsquery` takes it whatever it holds. */
const quoteLexeme = (word: string): string => `'${word.replace(/[\\']/g, " ").trim() || "-"}'`;

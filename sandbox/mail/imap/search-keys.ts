/** Search keys (RFC 9051 6.4.4) from tokens to a tree. */
import { parseImapDay } from "../mime/dates.ts";
import { BadCommand } from "./refusal.ts";
import { isSequenceSet } from "./sequence-set.ts";
import { textOf, unicodeOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

export type DayField = "internal" | "sent";
export type DayTest = "before" | "on" | "since";

export type SearchKey =
  | { kind: "all" }
  | { kind: "flag"; flag: string; wanted: boolean }
  | { kind: "day"; field: DayField; test: DayTest; day: number }
  | { kind: "size"; test: "larger" | "smaller"; bytes: number }
  | { kind: "header"; name: string; text: string }
  | { kind: "content"; where: "body" | "text"; text: string }
  | { kind: "set"; set: string; byUid: boolean }
  | { kind: "not"; key: SearchKey }
  | { kind: "or"; left: SearchKey; right: SearchKey }
  | { kind: "and"; keys: SearchKey[] };

const flagKeys: Record<string, string> = {
  ANSWERED: "\\Answered",
  DELETED: "\\Deleted",
  DRAFT: "\\Draft",
  FLAGGED: "\\Flagged",
  SEEN: "\\Seen",
};

const dayKeys: Record<string, [DayField, DayTest]> = {
  BEFORE: ["internal", "before"],
  ON: ["internal", "on"],
  SINCE: ["internal", "since"],
  SENTBEFORE: ["sent", "before"],
  SENTON: ["sent", "on"],
  SENTSINCE: ["sent", "since"],
};

const headerKeys = new Set(["BCC", "CC", "FROM", "SUBJECT", "TO"]);

/** Reads all keys of a SEARCH; they must all match. */
export function readSearchKeys(tokens: readonly Token[]): SearchKey {
  const queue = [...tokens];
  if (queue.length === 0) throw new BadCommand();
  const keys: SearchKey[] = [];
  while (queue.length > 0) keys.push(readKey(queue));
  return keys.length === 1 && keys[0] ? keys[0] : { kind: "and", keys };
}

function readKey(queue: Token[]): SearchKey {
  const token = queue.shift();
  if (token?.kind === "list") return readSearchKeys(token.items);
  const name = textOf(token).toUpperCase();
  if (isSequenceSet(name)) return { kind: "set", set: name, byUid: false };
  return readFlagKey(name, queue) ?? readValueKey(name, queue) ?? readLogicKey(name, queue);
}

function readFlagKey(name: string, queue: Token[]): SearchKey | null {
  const flag = flagKeys[name];
  if (flag) return { kind: "flag", flag, wanted: true };
  const unset = name.startsWith("UN") ? flagKeys[name.slice(2)] : undefined;
  if (unset) return { kind: "flag", flag: unset, wanted: false };
  if (name === "KEYWORD" || name === "UNKEYWORD") {
    return { kind: "flag", flag: textOf(queue.shift()), wanted: name === "KEYWORD" };
  }
  // Outlook never sets \Recent ("0 RECENT"), so nothing is recent or new, and everything is old.
  if (name === "RECENT" || name === "NEW") return { kind: "not", key: { kind: "all" } };
  return name === "OLD" || name === "ALL" ? { kind: "all" } : null;
}

function readValueKey(name: string, queue: Token[]): SearchKey | null {
  const dayKey = dayKeys[name];
  if (dayKey) return { kind: "day", field: dayKey[0], test: dayKey[1], day: readDay(queue.shift()) };
  if (name === "LARGER" || name === "SMALLER") {
    return { kind: "size", test: name === "LARGER" ? "larger" : "smaller", bytes: readNumber(queue.shift()) };
  }
  if (headerKeys.has(name))
    return { kind: "header", name: name.toLowerCase(), text: unicodeOf(queue.shift()) };
  if (name === "HEADER") {
    const field = textOf(queue.shift()).toLowerCase();
    return { kind: "header", name: field, text: unicodeOf(queue.shift()) };
  }
  if (name === "BODY" || name === "TEXT") {
    return { kind: "content", where: name === "BODY" ? "body" : "text", text: unicodeOf(queue.shift()) };
  }
  if (name !== "UID") return null;
  const set = textOf(queue.shift());
  if (!isSequenceSet(set)) throw new BadCommand();
  return { kind: "set", set, byUid: true };
}

function readLogicKey(name: string, queue: Token[]): SearchKey {
  if (name === "NOT") return { kind: "not", key: readKey(queue) };
  if (name !== "OR") throw new BadCommand();
  const left = readKey(queue);
  return { kind: "or", left, right: readKey(queue) };
}

function readDay(token: Token | undefined): number {
  const day = parseImapDay(textOf(token));
  if (day === null) throw new BadCommand();
  return day;
}

function readNumber(token: Token | undefined): number {
  const text = textOf(token);
  if (!/^\d{1,10}$/.test(text)) throw new BadCommand();
  return Number(text);
}

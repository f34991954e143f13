/** Whether a message matches a search (RFC 9051 6.4.4). Texts match anywhere, whatever their case. */
import { searchableText } from "../mime/content.ts";
import { sentDay } from "../mime/dates.ts";
import { decodeHeaderText } from "../mime/encoded-words.ts";
import { headerValue } from "../mime/headers.ts";
import type { FetchedMessage } from "./fetch-response.ts";
import type { DayTest, SearchKey } from "./search-keys.ts";

/** Tells whether the message at hand stands in a set of the search. */
export type InSet = (set: string, byUid: boolean) => boolean;

export function matches(key: SearchKey, message: FetchedMessage, inSet: InSet): boolean {
  switch (key.kind) {
    case "all":
      return true;
    case "and":
      return key.keys.every((inner) => matches(inner, message, inSet));
    case "or":
      return matches(key.left, message, inSet) || matches(key.right, message, inSet);
    case "not":
      return !matches(key.key, message, inSet);
    case "set":
      return inSet(key.set, key.byUid);
    case "flag":
      return hasFlag(message, key.flag) === key.wanted;
    case "size":
      return key.test === "larger" ? message.row.size > key.bytes : message.row.size < key.bytes;
    case "day":
      return matchesDay(key.field === "sent" ? sentOn(message) : arrivedOn(message), key.test, key.day);
    case "header":
      return matchesHeader(message, key.name, key.text);
    case "content":
      return matchesContent(message, key.where, key.text);
  }
}

function hasFlag(message: FetchedMessage, flag: string): boolean {
  return message.row.flags.some((set) => set.toLowerCase() === flag.toLowerCase());
}

function arrivedOn(message: FetchedMessage): number {
  return Math.floor(message.row.internalDate / 86_400_000);
}

function sentOn(message: FetchedMessage): number {
  return sentDay(headerValue(message.root.headers, "date") ?? "") ?? arrivedOn(message);
}

function matchesDay(actual: number, test: DayTest, day: number): boolean {
  switch (test) {
    case "before":
      return actual < day;
    case "on":
      return actual === day;
    case "since":
      return actual >= day;
  }
}

function matchesHeader(message: FetchedMessage, name: string, text: string): boolean {
  const fields = message.root.headers.filter((header) => header.name.toLowerCase() === name);
  return fields.some((field) => contains(decodeHeaderText(field.value), text));
}

function matchesContent(message: FetchedMessage, where: "body" | "text", text: string): boolean {
  if (contains(searchableText(message.raw, message.root), text)) return true;
  if (where === "body") return false;
  return message.root.headers.some((header) => contains(decodeHeaderText(header.value), text));
}

function contains(haystack: string, needle: string): boolean {
  return haystack.toLowerCase().includes(needle.toLowerCase());
}

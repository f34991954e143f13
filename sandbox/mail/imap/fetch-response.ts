/** One message's untagged FETCH response (RFC 9051 7.5.2). */
import { imapDateTime } from "../mime/dates.ts";
import { readPartTree } from "../mime/part-tree.ts";
import type { Part } from "../mime/part-tree.ts";
import type { MessageRow } from "../store/message-store.ts";
import { bodyStructureOf } from "./bodystructure.ts";
import { envelopeOf } from "./envelope.ts";
import type { FetchItem, SimpleItem } from "./fetch-items.ts";
import { sectionContent } from "./section-content.ts";
import { imapLiteral, imapString } from "./wire-format.ts";

/** A message whose bytes are loaded, and parsed, only if an item needs them. */
export class FetchedMessage {
  readonly row: MessageRow;
  readonly #load: () => Buffer;
  #raw: Buffer | null = null;
  #root: Part | null = null;

  constructor(row: MessageRow, load: () => Buffer) {
    this.row = row;
    this.#load = load;
  }

  get raw(): Buffer {
    return (this.#raw ??= this.#load());
  }

  get root(): Part {
    return (this.#root ??= readPartTree(this.raw));
  }
}

/** Whether fetching these items marks a message as read. */
export function marksSeen(items: readonly FetchItem[]): boolean {
  return items.some((item) => item.kind === "content" && !item.peek);
}

/** Whether these items hand out some of a message's body. */
export function readsBody(items: readonly FetchItem[]): boolean {
  return items.some(
    (item) => item.kind === "content" && (item.section.text === null || item.section.text === "TEXT"),
  );
}

/** The items' names and values, without `* n FETCH (…)`. */
export function fetchValues(message: FetchedMessage, items: readonly FetchItem[]): string {
  return items.map((item) => fetchValue(message, item)).join(" ");
}

function fetchValue(message: FetchedMessage, item: FetchItem): string {
  if (item.kind === "simple") return `${item.name} ${simpleValue(message, item.name)}`;
  const content = contentOf(message, item);
  if (content === null) return `${item.label} NIL`;
  if (!item.partial) return `${item.label} ${imapLiteral(content)}`;
  const { origin, count } = item.partial;
  return `${item.label}<${origin}> ${imapLiteral(content.slice(origin, origin + count))}`;
}

function contentOf(message: FetchedMessage, item: Extract<FetchItem, { kind: "content" }>): string | null {
  const { path, text } = item.section;
  // The whole message needs no parsing.
  if (path.length === 0 && text === null) return message.raw.toString("latin1");
  return sectionContent(message.raw, message.root, item.section);
}

function simpleValue(message: FetchedMessage, name: SimpleItem): string {
  switch (name) {
    case "FLAGS":
      return `(${message.row.flags.join(" ")})`;
    case "UID":
      return String(message.row.uid);
    case "INTERNALDATE":
      return imapString(imapDateTime(message.row.internalDate));
    case "RFC822.SIZE":
      return String(message.row.size);
    case "ENVELOPE":
      return envelopeOf(message.root.headers);
    case "BODYSTRUCTURE":
      return bodyStructureOf(message.raw, message.root, true);
    case "BODY":
      return bodyStructureOf(message.raw, message.root, false);
  }
}

/**
 * One untagged FETCH response (RFC 9051 7.5.2) as data. Pure. Each item is read by itself: a malformed BODYSTRUCTURE or
 * ENVELOPE costs that item, never the row (the message must still reach the reader).
 */
import { parseBodystructure, parseEnvelope } from "imapflow/lib/tools.js";
import type { MessageEnvelopeObject, MessageStructureObject } from "imapflow";
import type { ImapAttribute, ImapAttributeList, ImapResponse } from "./imapflow-internals.ts";
import { tokenText } from "./imapflow-internals.ts";

export interface FetchRow {
  seq: number;
  /** Null in rows that the server sends unasked (a flag changed meanwhile). */
  uid: number | null;
  flags: string[] | null;
  internalDateMs: number | null;
  sizeBytes: number | null;
  envelope: MessageEnvelopeObject | null;
  structure: MessageStructureObject | null;
  /** Bodies by section in capitals: "" the whole source, "HEADER", "1.2". NIL sections are left out. */
  sections: Map<string, Buffer>;
}

const digits = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;

/** Null when the response is no FETCH row. */
export function parseFetchRow(untagged: ImapResponse): FetchRow | null {
  const seq = digits(untagged.command ?? null);
  const items = untagged.attributes?.[1];
  if (seq === null || !Array.isArray(items)) return null;
  const row: FetchRow = {
    seq,
    uid: null,
    flags: null,
    internalDateMs: null,
    sizeBytes: null,
    envelope: null,
    structure: null,
    sections: new Map(),
  };
  for (let i = 0; i + 1 < items.length; i += 2) readItem(row, items[i], items[i + 1]);
  return row;
}

function readItem(row: FetchRow, name: ImapAttribute | undefined, value: ImapAttribute | undefined): void {
  const key = tokenText(name)?.toUpperCase() ?? "";
  const section = name !== null && name !== undefined && !Array.isArray(name) ? name.section : undefined;
  if (section !== undefined && /^(BODY|BINARY)$/.test(key)) return readSection(row, section, value);
  switch (key) {
    case "UID":
      row.uid = digits(tokenText(value));
      return;
    case "FLAGS":
      row.flags = Array.isArray(value) ? lastingFlags(value) : null;
      return;
    case "RFC822.SIZE":
      row.sizeBytes = digits(tokenText(value));
      return;
    case "INTERNALDATE":
      row.internalDateMs = dateMs(tokenText(value));
      return;
    case "ENVELOPE":
      row.envelope = Array.isArray(value) ? orNull(() => parseEnvelope(value)) : null;
      return;
    case "BODYSTRUCTURE":
      row.structure = Array.isArray(value) ? orNull(() => parseBodystructure(value)) : null;
      return;
    default:
  }
}

/** Without \Recent, which tells of the session and not of the message (gone in RFC 9051). */
const lastingFlags = (list: ImapAttributeList): string[] =>
  list.map(tokenText).filter((flag) => flag !== null && flag.toLowerCase() !== "\\recent") as string[];

function readSection(row: FetchRow, section: ImapAttributeList, value: ImapAttribute | undefined): void {
  const name = section.length === 0 ? "" : (tokenText(section[0]) ?? "").toUpperCase();
  if (value === null || value === undefined || Array.isArray(value)) return;
  // An nstring may come quoted instead of as a literal (Yahoo, for small parts).
  if (Buffer.isBuffer(value.value)) row.sections.set(name, value.value);
  else if (typeof value.value === "string") row.sections.set(name, Buffer.from(value.value));
}

/** "17-Jul-1996 02:44:25 -0700" */
const dateMs = (text: string | null): number | null => {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
};

const orNull = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    return null; // malformed: said in the file's head
  }
};

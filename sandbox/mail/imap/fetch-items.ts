/** What a FETCH asks for (RFC 9051 6.4.5), from its tokens to data. */
import { BadCommand } from "./refusal.ts";
import { textOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

export type SectionText = "HEADER" | "HEADER.FIELDS" | "HEADER.FIELDS.NOT" | "TEXT" | "MIME" | null;

export type Section = {
  path: number[];
  text: SectionText;
  /** Names of HEADER.FIELDS, as the client wrote them. */
  fields: string[];
};

export type SimpleItem =
  | "FLAGS"
  | "UID"
  | "INTERNALDATE"
  | "RFC822.SIZE"
  | "ENVELOPE"
  | "BODYSTRUCTURE"
  | "BODY";

export type FetchItem =
  | { kind: "simple"; name: SimpleItem }
  | {
      kind: "content";
      /** As the response names it, without the partial's origin. */
      label: string;
      section: Section;
      partial: { origin: number; count: number } | null;
      peek: boolean;
    };

const simpleNames = new Set<string>([
  "FLAGS",
  "UID",
  "INTERNALDATE",
  "RFC822.SIZE",
  "ENVELOPE",
  "BODYSTRUCTURE",
  "BODY",
]);

const macros: Record<string, SimpleItem[]> = {
  ALL: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
  FAST: ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
  FULL: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"],
};

const wholeMessage: Section = { path: [], text: null, fields: [] };

const rfc822Items: Record<string, { section: Section; peek: boolean }> = {
  RFC822: { section: wholeMessage, peek: false },
  "RFC822.HEADER": { section: { ...wholeMessage, text: "HEADER" }, peek: true },
  "RFC822.TEXT": { section: { ...wholeMessage, text: "TEXT" }, peek: false },
};

/** Reads the items of a FETCH; `byUid` adds UID where it was not asked for (RFC 9051 6.4.9). */
export function readFetchItems(tokens: readonly Token[], byUid: boolean): FetchItem[] {
  const [token, more] = tokens;
  if (!token || more) throw new BadCommand();
  const names = token.kind === "list" ? token.items.map(textOf) : [textOf(token)];
  const macro = token.kind === "list" ? undefined : macros[(names[0] ?? "").toUpperCase()];
  const items = macro ? macro.map(simple) : names.map(readItem);
  if (items.length === 0) throw new BadCommand();
  const hasUid = items.some((item) => item.kind === "simple" && item.name === "UID");
  return byUid && !hasUid ? [simple("UID"), ...items] : items;
}

function simple(name: SimpleItem): FetchItem {
  return { kind: "simple", name };
}

function readItem(name: string): FetchItem {
  const upper = name.toUpperCase();
  if (simpleNames.has(upper)) return simple(upper as SimpleItem);
  const rfc822 = rfc822Items[upper];
  if (rfc822) return { kind: "content", label: upper, partial: null, ...rfc822 };
  const match = /^BODY(\.PEEK)?\[(.*)\](?:<(\d+)\.(\d+)>)?$/is.exec(name);
  if (!match) throw new BadCommand();
  const section = readSection(match[2] ?? "");
  const count = Number(match[4]);
  if (match[4] !== undefined && count === 0) throw new BadCommand();
  return {
    kind: "content",
    label: `BODY[${sectionLabel(section)}]`,
    section,
    partial: match[3] === undefined ? null : { origin: Number(match[3]), count },
    peek: match[1] !== undefined,
  };
}

function readSection(text: string): Section {
  const match =
    /^((?:[1-9]\d*)(?:\.[1-9]\d*)*)?(?:(?:^|\.)(HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME))?(?: \((.*)\))?$/is.exec(
      text,
    );
  if (!match) throw new BadCommand();
  const path = match[1] ? match[1].split(".").map(Number) : [];
  const kind = (match[2]?.toUpperCase() ?? null) as SectionText;
  const fields = (match[3] ?? "")
    .split(/\s+/)
    .map((field) => field.replaceAll('"', ""))
    .filter(Boolean);
  const wantsFields = kind === "HEADER.FIELDS" || kind === "HEADER.FIELDS.NOT";
  if (wantsFields !== fields.length > 0) throw new BadCommand();
  if (kind === "MIME" && path.length === 0) throw new BadCommand();
  return { path, text: kind, fields };
}

function sectionLabel(section: Section): string {
  const name = [...section.path.map(String), ...(section.text ? [section.text] : [])].join(".");
  return section.fields.length > 0 ? `${name} (${section.fields.join(" ")})` : name;
}

/** The bytes of a body section (RFC 9051 6.4.5.1). */
import type { Part } from "../mime/part-tree.ts";
import type { Section } from "./fetch-items.ts";

/** The part a path names, counted as RFC 9051 6.4.5.1 counts; null if there is none. */
export function partAt(root: Part, path: readonly number[]): Part | null {
  let part: Part | null = null;
  for (const number of path) {
    const scope: Part = part === null ? root : (part.message ?? part);
    const isMessage: boolean = part === null || part.message !== null;
    if (scope.children.length > 0) part = scope.children[number - 1] ?? null;
    else part = number === 1 && isMessage ? scope : null;
    if (part === null) return null;
  }
  return part ?? root;
}

/** Bytes as Latin-1 characters; null where the message has no such section. */
export function sectionContent(raw: Buffer, root: Part, section: Section): string | null {
  const cut = (start: number, end: number): string => raw.toString("latin1", start, end);
  if (section.path.length === 0 && section.text === null) return cut(root.start, root.end);
  const part = partAt(root, section.path);
  if (part === null) return null;
  if (section.text === null) return cut(part.bodyStart, part.end);
  if (section.text === "MIME") return cut(part.start, part.bodyStart);
  // HEADER and TEXT below a path speak of the message inside a message/rfc822 only.
  const message = section.path.length === 0 ? root : part.message;
  if (message === null) return null;
  switch (section.text) {
    case "HEADER":
      return cut(message.start, message.bodyStart);
    case "TEXT":
      return cut(message.bodyStart, message.end);
    case "HEADER.FIELDS":
      return headerFields(raw, message, section.fields, true);
    case "HEADER.FIELDS.NOT":
      return headerFields(raw, message, section.fields, false);
  }
}

function headerFields(raw: Buffer, message: Part, names: readonly string[], wanted: boolean): string {
  const set = new Set(names.map((name) => name.toLowerCase()));
  const fields = message.headers
    .filter((header) => set.has(header.name.toLowerCase()) === wanted)
    .map((header) => raw.toString("latin1", header.start, header.end).replace(/\r?\n$/, ""));
  return [...fields, "", ""].join("\r\n");
}

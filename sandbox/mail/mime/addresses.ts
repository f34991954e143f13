/** Address lists (RFC 5322 3.4), read leniently: whatever stands there, something sensible comes out. */

export type Address = {
  /** As written, encoded words and all; empty where there is none. */
  name: string;
  address: string;
};

/** A member of an address list as ENVELOPE shows it: a mailbox, or the begin or end of a group. */
export type AddressItem =
  | { kind: "mailbox"; name: string; address: string }
  | { kind: "group-start"; name: string }
  | { kind: "group-end" };

/** Mailboxes of an address field, groups flattened. */
export function readAddresses(field: string): Address[] {
  return readAddressItems(field).flatMap((item) => (item.kind === "mailbox" ? [item] : []));
}

/** Every item of an address field, in order. */
export function readAddressItems(field: string): AddressItem[] {
  const items: AddressItem[] = [];
  let inGroup = false;
  for (const { text, end } of splitList(field)) {
    if (end === ":" && !inGroup) {
      items.push({ kind: "group-start", name: unquote(text) });
      inGroup = true;
      continue;
    }
    const mailbox = mailboxOf(text);
    if (mailbox) items.push(mailbox);
    if (end === ";" && inGroup) {
      items.push({ kind: "group-end" });
      inGroup = false;
    }
  }
  if (inGroup) items.push({ kind: "group-end" });
  return items;
}

type Piece = { text: string; end: string };

/** Cuts at commas, semicolons and colons that stand outside of quotes, comments and brackets. */
function splitList(field: string): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  let quoted = false;
  let comment = 0;
  let angle = false;
  for (let index = 0; index < field.length; index++) {
    const char = field.charAt(index);
    if (char === "\\" && (quoted || comment > 0)) {
      text += char + field.charAt(++index);
      continue;
    }
    if (quoted) quoted = char !== '"';
    else if (comment > 0) comment += char === "(" ? 1 : char === ")" ? -1 : 0;
    else if (char === '"') quoted = true;
    else if (char === "(") comment = 1;
    else if (char === "<") angle = true;
    else if (char === ">") angle = false;
    else if (!angle && (char === "," || char === ";" || char === ":")) {
      pieces.push({ text: text.trim(), end: char });
      text = "";
      continue;
    }
    text += char;
  }
  pieces.push({ text: text.trim(), end: "" });
  return pieces;
}

function mailboxOf(text: string): AddressItem | null {
  if (text === "") return null;
  const angle = /^(.*?)<([^<>]*)>[^<>]*$/s.exec(text);
  if (angle) {
    const name = unquote((angle[1] ?? "").trim());
    const address = (angle[2] ?? "").replaceAll(/\s+/g, "").replace(/^@[^:]*:/, "");
    return address === "" && name === "" ? null : { kind: "mailbox", name, address };
  }
  const comment = /\(((?:[^()\\]|\\.)*)\)\s*$/.exec(text);
  const bare = text.replaceAll(/\((?:[^()\\]|\\.)*\)/g, "").trim();
  if (bare.includes("@")) {
    return { kind: "mailbox", name: comment?.[1]?.trim() ?? "", address: bare.replaceAll(/\s+/g, "") };
  }
  return { kind: "mailbox", name: unquote(bare), address: "" };
}

function unquote(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(text);
  return quoted ? (quoted[1] ?? "").replaceAll(/\\(.)/g, "$1") : text;
}

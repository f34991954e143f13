/** ENVELOPE (RFC 9051 7.5.2). */
import { readAddressItems } from "../mime/addresses.ts";
import type { AddressItem } from "../mime/addresses.ts";
import { headerValue } from "../mime/headers.ts";
import type { Header } from "../mime/headers.ts";
import { imapNstring, imapString } from "./wire-format.ts";

export function envelopeOf(headers: readonly Header[]): string {
  const text = (name: string): string => imapNstring(headerValue(headers, name));
  const from = addressList(headers, "from");
  const or = (name: string): string => {
    const list = addressList(headers, name);
    return list === "NIL" ? from : list;
  };
  const fields = [
    text("date"),
    text("subject"),
    from,
    or("sender"),
    or("reply-to"),
    addressList(headers, "to"),
    addressList(headers, "cc"),
    addressList(headers, "bcc"),
    text("in-reply-to"),
    text("message-id"),
  ];
  return `(${fields.join(" ")})`;
}

function addressList(headers: readonly Header[], name: string): string {
  const fields = headers.filter((header) => header.name.toLowerCase() === name);
  const items = readAddressItems(fields.map((field) => field.value).join(", "));
  return items.length === 0 ? "NIL" : `(${items.map(addressStructure).join("")})`;
}

function addressStructure(item: AddressItem): string {
  if (item.kind === "group-start") return `(NIL NIL ${imapString(item.name)} NIL)`;
  if (item.kind === "group-end") return "(NIL NIL NIL NIL)";
  const at = item.address.lastIndexOf("@");
  const local = at < 0 ? item.address : item.address.slice(0, at);
  // A host of NIL would mean a group, so an address without one gets an empty host.
  const host = at < 0 ? "" : item.address.slice(at + 1);
  const name = item.name === "" ? "NIL" : imapString(item.name);
  return `(${name} NIL ${imapString(local)} ${imapString(host)})`;
}

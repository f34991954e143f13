/** One message that stands alone: a newsletter, a notice, a form, a bounce. */
import { rfc5322Date } from "../mime/dates.ts";
import type { SeedCharset } from "./charsets.ts";
import type { SeedFile } from "./files.ts";
import { assemble, fileNode, headerText, mailbox, multipart, textNode } from "./mime-builder.ts";
import type { Node } from "./mime-builder.ts";
import type { PlannedMail, SeedContext } from "./planned-mail.ts";

export type SingleMail = {
  from: { name: string; address: string };
  to?: { name: string; address: string };
  subject: string;
  date: number;
  text: string;
  html?: string;
  charset?: SeedCharset;
  headers?: string[];
  files?: SeedFile[];
  /** Takes the place of the text and HTML made here. */
  root?: Node;
  folder?: PlannedMail["folder"];
  flags: string[];
};

export function singleMail(context: SeedContext, mail: SingleMail): PlannedMail {
  const { random, owner } = context;
  const charset = mail.charset ?? "utf-8";
  const to = mail.to ?? owner;
  const headers = [
    `From: ${mailbox(mail.from.name, mail.from.address, charset)}`,
    `To: ${mailbox(to.name, to.address, charset)}`,
    `Subject: ${headerText(mail.subject, charset)}`,
    `Date: ${rfc5322Date(mail.date)}`,
    `Message-ID: <${random.hex(12)}.${random.hex(8)}@${mail.from.address.split("@")[1] ?? "mail.example"}>`,
    ...(mail.headers ?? []),
  ];
  const raw = assemble(headers, mail.root ?? rootOf(context, mail, charset));
  return { folder: mail.folder ?? "inbox", date: mail.date, flags: mail.flags, raw };
}

function rootOf({ random }: SeedContext, mail: SingleMail, charset: SeedCharset): Node {
  const text = textNode("plain", mail.text, charset);
  const body = mail.html
    ? multipart("alternative", `alt-${random.hex(20)}`, [text, textNode("html", mail.html, charset)])
    : text;
  if (!mail.files || mail.files.length === 0) return body;
  return multipart("mixed", `mix-${random.hex(20)}`, [body, ...mail.files.map((file) => fileNode(file))]);
}

/** What a reply takes over from the message it answers: recipients, threading headers, the quote below it. */
import { randomBytes } from "node:crypto";
import { domainToASCII } from "node:url";
import { canonicalAddress } from "./address.ts";
import { isWritableId } from "./compose.ts";
import { escapeHtml, textToHtml } from "./html-text.ts";
import type { MailAddress, ParsedMessage } from "./types.ts";

/** A new Message-ID with brackets (RFC 5322 3.6.4), in ASCII whatever the domain is written in. */
export const newMessageId = (domain: string): string =>
  `<${randomBytes(16).toString("hex")}@${domainToASCII(domain).replace(/[^\w.-]/g, "") || "localhost"}>`;

/** In-Reply-To and References of an answer (RFC 5322 3.6.4); an id that cannot be written is left out, so that the answer goes out. */
export function replyThreading(message: Pick<ParsedMessage, "messageId" | "references" | "inReplyTo">): {
  inReplyTo: string | null;
  references: string[];
} {
  const { messageId, references, inReplyTo } = message;
  const before = references.length > 0 ? references : inReplyTo.length === 1 ? inReplyTo : [];
  const own = messageId !== null && isSendable(messageId) ? messageId : null;
  const all = [...before.filter((id) => id !== own && isSendable(id)), ...(own === null ? [] : [own])];
  return { inReplyTo: own, references: all };
}

/** Ids that only we know by such a name (`parseMessageIds`) tell nobody anything. */
const isSendable = (id: string): boolean => isWritableId(id) && !id.endsWith("@long-id.invalid>");

/**
 * Whom a reply goes to: Reply-To before From; for `all` also To and Cc. Never an own address, never anyone twice.
 * To a message of our own it goes to whom that went to.
 *
 * @param ownAddresses of the mailbox, aliases included
 */
export function replyRecipients(
  message: Pick<ParsedMessage, "from" | "replyTo" | "to" | "cc">,
  ownAddresses: readonly string[],
  all: boolean,
): { to: MailAddress[]; cc: MailAddress[] } {
  const own = new Set(ownAddresses.map(canonicalAddress));
  const isOwn = (key: string): boolean => own.has(key) || own.has(withoutTag(key));
  const seen = new Set<string>();
  const fresh = (list: readonly MailAddress[]): MailAddress[] =>
    list.filter(({ address }) => {
      const key = canonicalAddress(address);
      return key.includes("@") && !isOwn(key) && !seen.has(key) && seen.add(key);
    });
  const mine = message.from !== null && isOwn(canonicalAddress(message.from.address));
  const answered = fresh(message.replyTo);
  const author = answered.length > 0 || message.from === null ? answered : fresh([message.from]);
  const to = mine && author.length === 0 ? fresh(message.to) : author;
  if (!all) return { to, cc: [] };
  const others = fresh(message.to);
  const cc = fresh(message.cc);
  return to.length > 0 ? { to, cc: [...others, ...cc] } : { to: others, cc };
}

/** `shop+orders@example.com` reaches `shop@example.com` (RFC 5233). */
const withoutTag = (address: string): string => address.replace(/\+[^@]*@/, "@");

export interface QuoteSource {
  from: MailAddress | null;
  dateMs: number | null;
  text: string;
  /** Already sanitised; null quotes the text. */
  html: string | null;
}

export interface QuoteOptions {
  /** The language of the attribution line; others than zh get English, which all clients recognise. */
  lang: "en" | "zh";
  /** IANA zone in which the date is written. */
  timeZone: string;
}

/** How the HTML of a quote begins. */
export const quoteMark = '<div class="gmail_quote"><div class="gmail_attr"';

/** The quote below a reply, in the form that Gmail, Outlook and Apple Mail fold: attribution line, then `>` or blockquote. */
export function quoteForReply(source: QuoteSource, options: QuoteOptions): { text: string; html: string } {
  const line = attributionLine(source, options);
  const quoted = source.text
    .trimEnd()
    .split("\n")
    .map((one) => (one.startsWith(">") ? `>${one}` : `> ${one}`.trimEnd()))
    .join("\n");
  const body = source.html ?? textToHtml(source.text);
  return {
    text: `${line}\n${quoted}\n`,
    html:
      `${quoteMark} dir="ltr">${escapeHtml(line)}<br></div>` +
      `<blockquote class="gmail_quote" type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">${body}</blockquote></div>`,
  };
}

function attributionLine({ from, dateMs }: QuoteSource, { lang, timeZone }: QuoteOptions): string {
  const address = from?.address ?? "";
  const who = [from?.name ?? "", address === "" ? "" : `<${address}>`]
    .filter((part) => part !== "")
    .join(" ");
  const name = who === "" ? (lang === "zh" ? "发件人" : "the sender") : who;
  if (lang === "zh")
    return `${dateMs === null ? "" : `${formatDate(dateMs, "zh-CN", timeZone)} `}${name} 写道：`;
  return `${dateMs === null ? "Earlier" : `On ${formatDate(dateMs, "en-GB", timeZone)}`}, ${name} wrote:`;
}

function formatDate(dateMs: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: locale === "zh-CN" ? "long" : "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  })
    .format(new Date(dateMs))
    .replace(/[\u202f\u00a0]/g, " ");
}

/** The words of a reply: what was written, made safe, and the quote below it. */
import { HitchpostError } from "../../core/errors.ts";
import { isAddress } from "../../protocol/mime/address.ts";
import { composeMessage, type OutgoingMessage } from "../../protocol/mime/compose.ts";
import { escapeHtml, htmlToText } from "../../protocol/mime/html-text.ts";
import { parseMessage } from "../../protocol/mime/parse.ts";
import { quoteForReply, quoteMark, type QuoteOptions } from "../../protocol/mime/reply.ts";
import { sanitiseHtml } from "../../protocol/mime/sanitise.ts";
import type { MailAddress } from "../../protocol/mime/types.ts";
import type { AnsweredMessage } from "./reply-source.ts";

export interface WrittenContent {
  text?: string | undefined;
  html?: string | undefined;
}

/** For what we send, pictures keep their own addresses; parts of the answered mail do not go along. */
const outgoing = { imageUrl: (src: string) => src, cidUrl: () => null, allowRemote: true };

export interface ReplyContent {
  text: string;
  html: string | null;
  /** Nothing was written. */
  blank: boolean;
}

/** What stands below the words. */
export interface Below {
  /** The mailbox's, sanitised; empty: none. */
  signatureHtml: string;
  /** null: no quote. */
  quote: QuoteOptions | null;
}

/** Text and HTML as they leave: words, signature, quote. Plain text stays plain. */
export function replyContent(
  written: WrittenContent,
  answered: AnsweredMessage,
  { signatureHtml, quote }: Below,
): ReplyContent {
  const safe = sanitiseHtml(written.html ?? "", outgoing).html;
  const html = isWritten(safe) ? safe : null;
  const text = isWritten(written.text) ? written.text : htmlToText(safe, { links: true });
  const blank = !isWritten(text) && !/<(?:img|hr)\b/.test(safe);
  const signature = isWritten(signatureHtml) ? `${signatureMark}${signatureHtml}</div>` : "";
  const signed = {
    text: text.trimEnd() + signatureText(signatureHtml),
    html: html === null ? null : html + signature,
  };
  if (quote === null) return { ...signed, blank };
  const below = quoteForReply(
    {
      from: answered.from,
      dateMs: answered.dateMs,
      text: quotedText(answered.text),
      html: html === null || answered.html === null ? null : quotedHtml(answered.html),
    },
    quote,
  );
  return {
    text: `${signed.text}\n\n${below.text}`,
    html: signed.html === null ? null : `${signed.html}${htmlQuoteStart}${below.html}`,
    blank,
  };
}

const signatureMark = '<br><div class="gmail_signature">';

/** Below the line by which programs know a signature (RFC 3676 4.3). */
const signatureText = (html: string): string =>
  isWritten(html) ? `\n\n-- \n${htmlToText(html, { links: true }).trimEnd()}` : "";

const isWritten = (text: string | undefined): text is string => text !== undefined && text.trim() !== "";

const htmlQuoteStart = "<br>";

/** More of a mail is not quoted: it goes along with every answer of the thread, and is made safe while others wait. */
const maxQuotedTextChars = 200_000;
const maxQuotedHtmlChars = 500_000;

const quotedText = (text: string): string =>
  text.length <= maxQuotedTextChars ? text : `${text.slice(0, maxQuotedTextChars).toWellFormed()}\n[…]`;

/**
 * The answered HTML as it may stand below ours: without its style sheet, which would dress our words too, and without
 * pictures that stay behind, which programs show as broken ones. null: its text is quoted instead.
 */
const quotedHtml = (html: string): string | null =>
  html.length > maxQuotedHtmlChars
    ? null
    : sanitiseHtml(html, outgoing)
        .html.replace(/^<style>[^]*?<\/style>/, "")
        .replaceAll(/<img(?![^>]*\ssrc=)[^>]*>/g, "");

/**
 * What a person wrote, as HTML for the editor, without the signature and the quote that `replyContent` put below it: for
 * a reply that is taken back.
 */
export function writtenHtml(
  { text, html }: { text: string; html: string | null },
  signatureHtml: string,
): string {
  if (html !== null) {
    const ends = [signatureMark, `${htmlQuoteStart}${quoteMark}`].map((mark) => html.indexOf(mark));
    return html.slice(0, Math.min(...ends.filter((end) => end >= 0), html.length));
  }
  const lines = text.trimEnd().split("\n");
  const end = lines.findLastIndex((line) => !line.startsWith(">")) + 1;
  // Above the quoted lines stands the line that says whose they are.
  const signed = (end < lines.length ? lines.slice(0, Math.max(0, end - 1)) : lines).join("\n").trimEnd();
  const signature = signatureText(signatureHtml);
  const own = signed.endsWith(signature) ? signed.slice(0, signed.length - signature.length) : signed;
  return own
    .split("\n")
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join("");
}

/** @throws HitchpostError recipient_invalid, with the field: `to.0` */
export function checkedAddresses(field: string, addresses: readonly string[]): MailAddress[] {
  return addresses.map((text, index) => {
    const address = text.trim();
    if (isAddress(address)) return { name: "", address };
    throw new HitchpostError(
      "recipient_invalid",
      `“${address.slice(0, 100)}” is not an address that can be sent to.`,
      {
        details: { field: `${field}.${index}` },
      },
    );
  });
}

/**
 * Composes the message once without its files: what cannot be sent is refused before anything is stored. Returns the
 * digest by which the Sent copy is recognised.
 */
export async function outgoingDigest(message: Omit<OutgoingMessage, "attachments">): Promise<string> {
  const raw = await composeMessage({ ...message, attachments: [] });
  return (await parseMessage(raw)).textDigest;
}

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

/** Text and HTML as they leave. Plain text stays plain. */
export function replyContent(
  written: WrittenContent,
  answered: AnsweredMessage,
  quote: QuoteOptions | null,
): ReplyContent {
  const safe = sanitiseHtml(written.html ?? "", outgoing).html;
  const html = isWritten(safe) ? safe : null;
  const text = isWritten(written.text) ? written.text : htmlToText(safe, { links: true });
  const blank = !isWritten(text) && !/<(?:img|hr)\b/.test(safe);
  if (quote === null) return { text, html, blank };
  const below = quoteForReply(
    {
      from: answered.from,
      dateMs: answered.dateMs,
      text: answered.text,
      html: html === null || answered.html === null ? null : quotedHtml(answered.html),
    },
    quote,
  );
  return {
    text: `${text.trimEnd()}\n\n${below.text}`,
    html: html === null ? null : `${html}${htmlQuoteStart}${below.html}`,
    blank,
  };
}

const isWritten = (text: string | undefined): text is string => text !== undefined && text.trim() !== "";

const htmlQuoteStart = "<br>";

/**
 * The answered HTML as it may stand below ours: without its style sheet, which would dress our words too, and without
 * pictures that stay behind, which programs show as broken ones.
 */
const quotedHtml = (html: string): string =>
  sanitiseHtml(html, outgoing)
    .html.replace(/^<style>[^]*?<\/style>/, "")
    .replaceAll(/<img(?![^>]*\ssrc=)[^>]*>/g, "");

/**
 * What a person wrote, as HTML for the editor, without the quote that `replyContent` put below it: for a reply that is
 * taken back.
 */
export function writtenHtml({ text, html }: { text: string; html: string | null }): string {
  if (html !== null) {
    const end = html.indexOf(`${htmlQuoteStart}${quoteMark}`);
    return end < 0 ? html : html.slice(0, end);
  }
  const lines = text.trimEnd().split("\n");
  const end = lines.findLastIndex((line) => !line.startsWith(">")) + 1;
  // Above the quoted lines stands the line that says whose they are.
  const own = (end < lines.length ? lines.slice(0, Math.max(0, end - 1)) : lines).join("\n").trimEnd();
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

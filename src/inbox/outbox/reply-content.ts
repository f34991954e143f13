/** The words of a reply: what was written, made safe, and the quote below it. */
import { HitchpostError } from "../../core/errors.ts";
import { isAddress } from "../../protocol/mime/address.ts";
import { composeMessage, type OutgoingMessage } from "../../protocol/mime/compose.ts";
import { htmlToText } from "../../protocol/mime/html-text.ts";
import { parseMessage } from "../../protocol/mime/parse.ts";
import { quoteForReply, type QuoteOptions } from "../../protocol/mime/reply.ts";
import { sanitiseHtml } from "../../protocol/mime/sanitise.ts";
import type { MailAddress } from "../../protocol/mime/types.ts";
import type { AnsweredMessage } from "./reply-source.ts";

export interface WrittenContent {
  text?: string | undefined;
  html?: string | undefined;
}

/** For what we send, pictures keep their own addresses; parts of the answered mail do not go along. */
const outgoing = { imageUrl: (src: string) => src, cidUrl: () => null, allowRemote: true };

/** Text and HTML as they leave. Plain text stays plain. */
export function replyContent(
  written: WrittenContent,
  answered: AnsweredMessage,
  quote: QuoteOptions | null,
): { text: string; html: string | null } {
  const html = written.html === undefined ? null : sanitiseHtml(written.html, outgoing).html;
  const text = written.text ?? (html === null ? "" : htmlToText(html));
  if (quote === null) return { text, html };
  const below = quoteForReply(
    {
      from: answered.from,
      dateMs: answered.dateMs,
      text: answered.text,
      html: html === null || answered.html === null ? null : sanitiseHtml(answered.html, outgoing).html,
    },
    quote,
  );
  return {
    text: `${text.trimEnd()}\n\n${below.text}`,
    html: html === null ? null : `${html}<br>${below.html}`,
  };
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

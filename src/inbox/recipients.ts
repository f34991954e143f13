/** `messages.recipients` and `outbox.recipients` as stored: read leniently, since it holds what senders wrote. */
import { z } from "zod";
import type { MailAddress } from "../protocol/mime/types.ts";

const addresses = z
  .array(z.object({ name: z.string().catch(""), address: z.string().catch("") }))
  .catch([])
  .default([]);
const recipientsSchema = z
  .object({ to: addresses, cc: addresses, bcc: addresses, replyTo: addresses })
  .catch({ to: [], cc: [], bcc: [], replyTo: [] });

export interface Recipients {
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  replyTo: MailAddress[];
}

export const readRecipients = (stored: unknown): Recipients => recipientsSchema.parse(stored);

/** Lower-case addresses of To and Cc. */
export const addressedTo = (stored: unknown): string[] => {
  const { to, cc } = readRecipients(stored);
  return [...to, ...cc].map(({ address }) => address.toLowerCase());
};

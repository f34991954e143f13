/** `messages.recipients` and `outbox.recipients` as stored: read leniently, since it holds what senders wrote. */
import { z } from "zod";
import { canonicalAddress } from "../protocol/mime/address.ts";
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

/** Canonical addresses of To and Cc. */
export const addressedTo = ({ to, cc }: Recipients): string[] =>
  [...to, ...cc].map(({ address }) => canonicalAddress(address));

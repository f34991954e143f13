/** Messages as the API shows them. */
import { sendFailureReason } from "../../protocol/smtp/smtp-errors.ts";
import type { ShownAttachment, ShownMessage, ShownOutbox } from "../../inbox/shown-message.ts";

const presentAttachment = (attachment: ShownAttachment) => ({
  n: attachment.n,
  filename: attachment.filename,
  contentType: attachment.contentType,
  sizeBytes: attachment.sizeBytes,
  inline: attachment.disposition === "inline",
  contentId: attachment.contentId,
});

export const presentMessage = (message: ShownMessage) => ({
  ...message,
  sentAt: message.sentAt?.toISOString() ?? null,
  receivedAt: message.receivedAt.toISOString(),
  goneAt: message.goneAt?.toISOString() ?? null,
  attachments: message.attachments.map(presentAttachment),
  outbox: message.outbox ? presentOutbox(message.outbox) : null,
});

const presentOutbox = ({ problem, response, nextTryAt, cancelUntil, ...outbox }: ShownOutbox) => ({
  ...outbox,
  problem,
  reason: problem === null ? null : sendFailureReason(problem, response ?? ""),
  response,
  nextTryAt: nextTryAt?.toISOString() ?? null,
  cancelUntil: cancelUntil?.toISOString() ?? null,
});

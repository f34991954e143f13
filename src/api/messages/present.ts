/** Messages as the API shows them. */
import type { ShownAttachment, ShownMessage } from "../../inbox/shown-message.ts";

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
  outbox: message.outbox
    ? { ...message.outbox, cancelUntil: message.outbox.cancelUntil?.toISOString() ?? null }
    : null,
});

/** Attachments read. https://learn.microsoft.com/graph/api/resources/attachment */
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { itemNotFound } from "./errors.ts";
import { attachmentId, readId } from "./ids.ts";
import { attachmentBytes } from "./message-content.ts";
import { findMessage, viewOf } from "./find-message.ts";
import type { MessageView } from "./message-view.ts";
import { readQueryOptions } from "./odata.ts";
import { pageOf } from "./paging.ts";

type Showing = { select: string[] | null; withBytes: boolean };

export function attachmentResource(view: MessageView, index: number, showing: Showing): object {
  const attachment = view.content.attachments[index];
  if (!attachment) throw itemNotFound();
  const isItem = attachment.part.message !== null;
  const bytes = attachmentBytes(view.raw, attachment.part);
  const all: Record<string, unknown> = {
    lastModifiedDateTime: `${new Date(view.item.internalDate).toISOString().slice(0, 19)}Z`,
    name: attachment.name,
    contentType: isItem ? null : attachment.contentType,
    size: bytes.length,
    isInline: attachment.isInline,
    ...(isItem
      ? {}
      : {
          contentId: attachment.contentId,
          contentLocation: null,
          ...(showing.withBytes ? { contentBytes: bytes.toString("base64") } : {}),
        }),
  };
  const { select } = showing;
  const names = Object.keys(all).filter((name) => select === null || select.includes(name));
  return {
    "@odata.type": isItem ? "#microsoft.graph.itemAttachment" : "#microsoft.graph.fileAttachment",
    "@odata.mediaContentType": attachment.contentType,
    id: attachmentId(view.item.mailboxId, view.item.id, index),
    ...Object.fromEntries(names.map((name) => [name, all[name]])),
  };
}

function indexOf(view: MessageView, text: string): number {
  const id = readId(text);
  if (id.kind !== "attachment" || id.id !== view.item.id) throw itemNotFound();
  if (!view.content.attachments[id.part]) throw itemNotFound();
  return id.part;
}

export function listAttachments(mailbox: OpenMailbox, [message = ""]: string[]): GraphAnswer {
  const view = viewOf(mailbox, findMessage(mailbox, message));
  const options = readQueryOptions(mailbox.call.query);
  const all = view.content.attachments.map((_, index) => index);
  const showing = { select: options.select, withBytes: true };
  return pageOf(mailbox, { ...options, top: options.top ?? all.length + 1 }, all, "attachments", (index) =>
    attachmentResource(view, index, showing),
  );
}

export function getAttachment(mailbox: OpenMailbox, [message = "", attachment = ""]: string[]): GraphAnswer {
  const view = viewOf(mailbox, findMessage(mailbox, message));
  const { select } = readQueryOptions(mailbox.call.query);
  const context = { "@odata.context": `${mailbox.context.graphUrl}/v1.0/$metadata#attachments/$entity` };
  const shown = attachmentResource(view, indexOf(view, attachment), { select, withBytes: true });
  return { status: 200, body: { ...context, ...shown } };
}

/** A file's bytes; an attached message in MIME. */
export function getAttachmentBytes(
  mailbox: OpenMailbox,
  [message = "", attachment = ""]: string[],
): GraphAnswer {
  const view = viewOf(mailbox, findMessage(mailbox, message));
  const found = view.content.attachments[indexOf(view, attachment)];
  if (!found) throw itemNotFound();
  const type = found.part.message === null ? found.contentType : "text/plain";
  return { status: 200, headers: { "content-type": type }, body: attachmentBytes(view.raw, found.part) };
}

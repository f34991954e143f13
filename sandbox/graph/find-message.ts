/** Messages by the ids that clients have of them. */
import type { Item } from "../mail/store/item-store.ts";
import type { OpenMailbox } from "./call.ts";
import { preferences } from "./call.ts";
import { itemNotFound } from "./errors.ts";
import { findMessageFolder } from "./folders.ts";
import { readId } from "./ids.ts";
import { MessageView } from "./message-view.ts";

export function viewOf(mailbox: OpenMailbox, item: Item): MessageView {
  const body = preferences(mailbox.call).get("outlook.body-content-type") === "text" ? "text" : "html";
  const options = { immutableIds: mailbox.immutableIds, body } as const;
  return new MessageView(item, options, mailbox.context.store, mailbox.context.traffic);
}

/** The message by an id of either kind, whatever kind the answer is to have. @throws GraphError ErrorItemNotFound */
export function findMessage(mailbox: OpenMailbox, text: string, folder?: string): Item {
  const id = readId(text);
  if (id.kind === "folder" || id.kind === "attachment" || id.mailboxId !== mailbox.mailboxId) {
    throw itemNotFound();
  }
  const item = mailbox.context.store.items.find(id.id);
  if (!item || item.mailboxId !== mailbox.mailboxId) throw itemNotFound();
  if (id.kind === "message" && id.entry !== item.entry) throw itemNotFound();
  if (folder !== undefined && findMessageFolder(mailbox, folder).id !== item.folderId) throw itemNotFound();
  return item;
}

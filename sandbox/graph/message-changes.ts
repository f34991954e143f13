/** Changing messages that are there: flags, categories, moves, copies, deletion. */
import { systemFlags } from "../mail/imap/flags.ts";
import type { Folder } from "../mail/store/folder-store.ts";
import type { FollowUp, Item } from "../mail/store/item-store.ts";
import type { MailStore } from "../mail/store/mail-store.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { badRequest, itemNotFound } from "./errors.ts";
import { findMessage } from "./find-message.ts";
import { findMessageFolder } from "./folders.ts";
import { isObject, member, readObject, textMember } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { answerMessage } from "./message-lists.ts";

/** The item after a change; gone in between is as if it never was. */
export function reread(store: MailStore, { id }: Item): Item {
  const item = store.items.find(id);
  if (!item) throw itemNotFound();
  return item;
}

export function setFlag(store: MailStore, item: Item, flag: string, isOn: boolean): void {
  const now = reread(store, item);
  if (now.flags.includes(flag) === isOn) return;
  const wanted = new Set(isOn ? [...now.flags, flag] : now.flags.filter((one) => one !== flag));
  const flags = systemFlags.filter((one) => wanted.has(one));
  store.messages.setFlags(now.folderId, now.uid, flags);
}

/** What PATCH may change of any message; drafts take more. @throws GraphError BadRequest for values of the wrong kind */
export function patchState(store: MailStore, item: Item, change: JsonObject): void {
  const isRead = member(change, "isRead");
  if (isRead !== undefined) {
    if (typeof isRead !== "boolean")
      throw badRequest("Cannot convert the literal to the expected type 'Edm.Boolean'.");
    setFlag(store, item, "\\Seen", isRead);
  }
  const categories = member(change, "categories");
  if (categories !== undefined) {
    if (!Array.isArray(categories) || !categories.every((one) => typeof one === "string")) {
      throw badRequest("The property 'categories' has an invalid value.");
    }
    store.items.categorise(item.id, categories);
  }
  const flag = member(change, "flag");
  if (flag !== undefined) patchFlag(store, item, flag);
}

function patchFlag(store: MailStore, item: Item, flag: unknown): void {
  if (!isObject(flag)) throw badRequest("The property 'flag' has an invalid value.");
  const status = textMember(flag, "flagStatus");
  const { flagStatus: _, ...dates } = flag;
  switch (status?.toLowerCase()) {
    case "flagged":
      setFlag(store, item, "\\Flagged", true);
      return store.items.followUp(item.id, { status: "flagged", dates } satisfies FollowUp);
    case "complete":
      setFlag(store, item, "\\Flagged", false);
      return store.items.followUp(item.id, { status: "complete", dates: completed(store, dates) });
    case "notflagged":
      setFlag(store, item, "\\Flagged", false);
      return store.items.followUp(item.id, null);
    default:
      throw badRequest(`Requested value '${status ?? ""}' was not found.`);
  }
}

function completed(store: MailStore, dates: JsonObject): JsonObject {
  const now = { dateTime: new Date(store.now()).toISOString().slice(0, 23), timeZone: "UTC" };
  return { completedDateTime: now, ...dates };
}

/** `{ destinationId }`: an id or a well-known name. */
function destination(mailbox: OpenMailbox): Folder {
  const id = textMember(readObject(mailbox.call.body), "destinationId");
  if (id === null) throw badRequest("The parameter 'destinationId' is missing.");
  return findMessageFolder(mailbox, id);
}

export function moveMessage(mailbox: OpenMailbox, [id = "", folder]: string[]): GraphAnswer {
  const item = findMessage(mailbox, id, folder);
  moveTo(mailbox, item, destination(mailbox).id);
  return answerMessage(mailbox, 201, reread(mailbox.context.store, item));
}

function moveTo({ context: { store } }: OpenMailbox, item: Item, target: number): void {
  if (item.folderId === target) return;
  store.transaction(() => store.messages.move(item.folderId, item.uid, target));
}

export function copyMessage(mailbox: OpenMailbox, [id = "", folder]: string[]): GraphAnswer {
  const item = findMessage(mailbox, id, folder);
  const target = destination(mailbox);
  const { store } = mailbox.context;
  const copy = store.transaction(() => {
    const uid = store.messages.copy(item.folderId, item.uid, target.id);
    return uid === null ? null : store.items.at(target.id, uid);
  });
  if (!copy) throw itemNotFound();
  store.items.categorise(copy.id, item.categories);
  return answerMessage(mailbox, 201, reread(store, copy));
}

/** Deletes as Outlook does: into Deleted Items, and out of there for good. */
export function deleteMessage(mailbox: OpenMailbox, [id = "", folder]: string[]): GraphAnswer {
  const item = findMessage(mailbox, id, folder);
  const trash = mailbox.context.store.folders.byRole(mailbox.mailboxId, "trash");
  if (item.folderId === trash.id) mailbox.context.store.messages.expunge(item.folderId, item.uid);
  else moveTo(mailbox, item, trash.id);
  return { status: 204 };
}

export function permanentlyDelete(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const item = findMessage(mailbox, id);
  mailbox.context.store.messages.expunge(item.folderId, item.uid);
  return { status: 204 };
}

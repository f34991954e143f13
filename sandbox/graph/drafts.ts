/** Drafts: made from JSON or MIME, as replies, and changed until they are sent. */
import type { Folder } from "../mail/store/folder-store.ts";
import type { Item } from "../mail/store/item-store.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { attachmentResource } from "./attachments.ts";
import {
  changedDraft,
  draftProperties,
  emptyDraft,
  readDraft,
  readFile,
  writeDraft,
} from "./draft-message.ts";
import type { Draft } from "./draft-message.ts";
import { badRequest, GraphError, invalidRequest, itemNotFound } from "./errors.ts";
import { findMessage, viewOf } from "./find-message.ts";
import { findMessageFolder } from "./folders.ts";
import { readId } from "./ids.ts";
import { isObject, listMember, member, readObject, textMember } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { patchState, reread } from "./message-changes.ts";
import { answerMessage } from "./message-lists.ts";
import { isMime, ownSender, readMime } from "./sending.ts";

const rawOf = ({ context: { store } }: OpenMailbox, item: Item): Buffer =>
  store.messages.raw(item.folderId, item.uid) ?? Buffer.alloc(0);

function addDraft(mailbox: OpenMailbox, raw: Buffer, folder: Folder): Item {
  const { store, now } = mailbox.context;
  return store.transaction(() => {
    const uid = store.messages.append(folder.id, { raw, flags: ["\\Seen", "\\Draft"], internalDate: now() });
    const item = store.items.at(folder.id, uid);
    if (!item) throw itemNotFound();
    return item;
  });
}

function targetFolder(mailbox: OpenMailbox, folder: string | undefined): Folder {
  if (folder !== undefined) return findMessageFolder(mailbox, folder);
  return mailbox.context.store.folders.byRole(mailbox.mailboxId, "drafts");
}

/** https://learn.microsoft.com/graph/api/user-post-messages */
export function createDraft(mailbox: OpenMailbox, [folder]: string[]): GraphAnswer {
  const target = targetFolder(mailbox, folder);
  if (isMime(mailbox)) return answerMessage(mailbox, 201, addDraft(mailbox, readMime(mailbox), target));
  const json = readObject(mailbox.call.body);
  const { store, now } = mailbox.context;
  const draft = changedDraft(emptyDraft(ownSender(mailbox), now()), json);
  const item = addDraft(mailbox, writeDraft(draft), target);
  patchState(store, item, json);
  return answerMessage(mailbox, 201, reread(store, item));
}

/** @throws GraphError for a message that is no draft any more */
export function findDraft(mailbox: OpenMailbox, id: string): Item {
  const item = findMessage(mailbox, id);
  if (item.flags.includes("\\Draft")) return item;
  throw invalidRequest("The operation is allowed on draft messages only.");
}

/** Writes a changed draft over the old one, whose id stays. */
export function rewriteDraft({ context: { store } }: OpenMailbox, item: Item, draft: Draft): Item {
  const { folderId, uid, internalDate } = reread(store, item);
  store.transaction(() => store.messages.rewrite(folderId, uid, { raw: writeDraft(draft), internalDate }));
  return reread(store, item);
}

export function patchMessage(mailbox: OpenMailbox, [id = "", folder]: string[]): GraphAnswer {
  const json = readObject(mailbox.call.body);
  const item = findMessage(mailbox, id, folder);
  const { store } = mailbox.context;
  patchState(store, item, json);
  if (draftProperties.some((name) => member(json, name) !== undefined)) {
    const draft = findDraft(mailbox, id);
    rewriteDraft(mailbox, draft, changedDraft(readDraft(rawOf(mailbox, draft)), json));
  }
  return answerMessage(mailbox, 200, reread(store, item));
}

/** https://learn.microsoft.com/graph/api/message-post-attachments; files of less than 3 MB. */
export function addAttachment(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const file = readFile(readObject(mailbox.call.body));
  const item = findDraft(mailbox, id);
  const draft = readDraft(rawOf(mailbox, item));
  const changed = rewriteDraft(mailbox, item, { ...draft, files: [...draft.files, file] });
  const view = viewOf(mailbox, changed);
  const shown = attachmentResource(view, view.content.attachments.length - 1, {
    select: null,
    withBytes: true,
  });
  return { status: 201, body: shown };
}

export function deleteAttachment(mailbox: OpenMailbox, [id = "", attachment = ""]: string[]): GraphAnswer {
  const item = findDraft(mailbox, id);
  const named = readId(attachment);
  const draft = readDraft(rawOf(mailbox, item));
  if (named.kind !== "attachment" || named.id !== item.id || !draft.files[named.part]) throw itemNotFound();
  const files = draft.files.filter((_, index) => index !== named.part);
  rewriteDraft(mailbox, item, { ...draft, files });
  return { status: 204 };
}

export type ReplyKind = "reply" | "replyAll" | "forward";

/** https://learn.microsoft.com/graph/api/message-createreply and its sisters: `{ message?, comment?, toRecipients? }`. */
export const createReply =
  (kind: ReplyKind) =>
  (mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer => {
    const original = findMessage(mailbox, id);
    const json = readObject(mailbox.call.body);
    const comment = textMember(json, "comment");
    const changes = member(json, "message");
    if (comment !== null && isObject(changes) && member(changes, "body") !== undefined) {
      throw new GraphError(
        400,
        "ErrorInvalidRequest",
        "Specify either a comment or the body of the message.",
      );
    }
    const reply = replyTo(mailbox, original, kind, comment ?? "");
    const draft = isObject(changes) ? changedDraft(reply, changes) : reply;
    const item = addDraft(mailbox, writeDraft(withForwardees(draft, json)), targetFolder(mailbox, undefined));
    return answerMessage(mailbox, 201, item);
  };

function withForwardees(draft: Draft, json: JsonObject): Draft {
  const list = listMember(json, "toRecipients");
  if (list === null) return draft;
  if (list.length === 0) throw badRequest("The list of recipients is empty.");
  return changedDraft(draft, { toRecipients: list });
}

function replyTo(mailbox: OpenMailbox, original: Item, kind: ReplyKind, comment: string): Draft {
  const before = readDraft(rawOf(mailbox, original));
  const own = ownSender(mailbox);
  const draft = emptyDraft(own, mailbox.context.now());
  const isForward = kind === "forward";
  const others = [...before.to, ...before.cc].filter((one) => one.address.toLowerCase() !== own.address);
  const authors = before.replyTo.length > 0 ? before.replyTo : before.from;
  const header = (name: string): string =>
    before.otherHeaders.find((one) => one.name.toLowerCase() === name)?.value ?? "";
  const id = original.internetMessageId;
  const references = [header("references"), id ?? ""].filter(Boolean).join(" ");
  const escaped = comment.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\n", "<br>\n");
  const quoted = viewOf(mailbox, original).quotedHtml();
  return {
    ...draft,
    subject: prefixed(isForward ? "Fw: " : "Re: ", before.subject),
    to: isForward ? [] : authors,
    cc: kind === "replyAll" ? others : [],
    body: { isHtml: true, content: `<html><body>${escaped}<hr>${quoted}</body></html>` },
    files: isForward ? before.files : [],
    otherHeaders: [
      ...draft.otherHeaders,
      ...(id === null ? [] : [{ name: "In-Reply-To", value: id }]),
      ...(references === "" ? [] : [{ name: "References", value: references }]),
    ],
  };
}

const prefixed = (prefix: string, subject: string): string =>
  subject.toLowerCase().startsWith(prefix.trim().toLowerCase()) ? subject : prefix + subject;

/** Sending: a draft, or a message handed over whole. https://learn.microsoft.com/graph/api/user-sendmail */
import { readAddresses } from "../mail/mime/addresses.ts";
import { decodeHeaderText } from "../mail/mime/encoded-words.ts";
import { readHeaders } from "../mail/mime/headers.ts";
import { submissionOf } from "../mail/smtp/submission.ts";
import { sandboxHost } from "../mail/store/delivery.ts";
import { namesOf } from "../personas.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { badRequest, GraphError } from "./errors.ts";
import { changedDraft, emptyDraft, readDraft, writeDraft } from "./draft-message.ts";
import { findMessage } from "./find-message.ts";
import { isObject, member, readObject } from "./json.ts";
import { setFlag } from "./message-changes.ts";

/** The largest message that Outlook.com sends. */
const largestMessageBytes = 36_700_160;

/** A body of text/plain is MIME in base64. https://learn.microsoft.com/graph/outlook-send-mime-message */
export const isMime = ({ call }: OpenMailbox): boolean =>
  (call.headers["content-type"] ?? "").trim().toLowerCase().startsWith("text/plain");

/** @throws GraphError ErrorMimeContentInvalidBase64String */
export function readMime({ call }: OpenMailbox): Buffer {
  const text = call.body.toString("latin1").replaceAll(/\s+/g, "");
  if (text === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new GraphError(
      400,
      "ErrorMimeContentInvalidBase64String",
      "Invalid base64 string for MIME content.",
    );
  }
  return Buffer.from(text, "base64");
}

export const ownSender = ({ owner }: OpenMailbox): { name: string; address: string } => ({
  name: owner.displayName,
  address: owner.address,
});

export function sendMail(mailbox: OpenMailbox): GraphAnswer {
  if (isMime(mailbox)) {
    // The From of MIME is not looked at: the mailbox's owner is the author.
    submit(mailbox, withOwnFrom(mailbox, readMime(mailbox)), { files: true });
    return { status: 202 };
  }
  const body = readObject(mailbox.call.body);
  const message = member(body, "message");
  if (!isObject(message)) throw badRequest("The parameter 'message' is missing.");
  const draft = changedDraft(emptyDraft(ownSender(mailbox), mailbox.context.now()), message);
  checkSender(mailbox, draft.from);
  submit(mailbox, writeDraft(draft), { files: member(body, "saveToSentItems") !== false });
  return { status: 202 };
}

function withOwnFrom(mailbox: OpenMailbox, raw: Buffer): Buffer {
  const { headers } = readHeaders(raw);
  const froms = headers.filter((header) => header.name.toLowerCase() === "from");
  const authors = froms.flatMap((header) => readAddresses(header.value));
  const names = namesOf(mailbox.owner);
  if (authors.length === 1 && authors.every((one) => names.includes(one.address.toLowerCase()))) return raw;
  const draftFrom = `From: ${mailbox.owner.displayName} <${mailbox.owner.address}>\r\n`;
  const pieces: Buffer[] = [Buffer.from(draftFrom)];
  let from = 0;
  for (const header of froms) {
    pieces.push(raw.subarray(from, header.start));
    from = header.end;
  }
  return Buffer.concat([...pieces, raw.subarray(from)]);
}

/** @throws GraphError ErrorSendAsDenied for an author that the caller may not send as */
export function checkSender({ caller, owner }: OpenMailbox, from: readonly { address: string }[]): void {
  const allowed = new Set([...namesOf(owner), ...namesOf(caller.persona), ...(caller.persona.mayOpen ?? [])]);
  if (from.every((one) => allowed.has(one.address.toLowerCase()))) return;
  throw new GraphError(
    403,
    "ErrorSendAsDenied",
    "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account., Cannot submit message.",
  );
}

/** Ids that Exchange made stay, and so do a work account's; a personal account's others are replaced. */
function keepsMessageId({ owner }: OpenMailbox, raw: Buffer): boolean {
  const id = readHeaders(raw).headers.find((header) => header.name.toLowerCase() === "message-id")?.value;
  return owner.kind === "work" || (id?.trim().endsWith(`@${sandboxHost}>`) ?? false);
}

type Submitted = { sentCopy: Buffer; deliver(): void };

/** @throws GraphError for a message without recipients, or one that is too large */
function prepared(mailbox: OpenMailbox, raw: Buffer): Submitted {
  const { context } = mailbox;
  if (raw.length > largestMessageBytes) {
    throw new GraphError(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.");
  }
  const to = readHeaders(raw)
    .headers.filter((header) => ["to", "cc", "bcc"].includes(header.name.toLowerCase()))
    .flatMap((header) => readAddresses(decodeHeaderText(header.value)))
    .map((one) => one.address);
  if (to.length === 0 || to.some((address) => !/^[^@\s]+@[^@\s]+$/.test(address))) {
    throw new GraphError(
      400,
      "ErrorInvalidRecipients",
      "At least one recipient isn't valid., At least one recipient isn't valid.",
    );
  }
  const { sentCopy, delivered } = submissionOf(raw, context.now(), keepsMessageId(mailbox, raw));
  return { sentCopy, deliver: () => context.store.deliver({ to, raw: delivered }) };
}

function submit(mailbox: OpenMailbox, raw: Buffer, { files }: { files: boolean }): void {
  const { store, now } = mailbox.context;
  const { sentCopy, deliver } = prepared(mailbox, raw);
  if (files) {
    const sent = store.folders.byRole(mailbox.mailboxId, "sent");
    store.messages.append(sent.id, { raw: sentCopy, flags: ["\\Seen"], internalDate: now() });
  }
  deliver();
}

/** Sends a draft: it becomes the Sent copy, under the same immutable id. */
export function sendDraft(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const { store, now } = mailbox.context;
  const item = findMessage(mailbox, id);
  if (!item.flags.includes("\\Draft")) {
    throw new GraphError(400, "ErrorInvalidRequest", "The message is not a draft and cannot be sent.");
  }
  const raw = store.messages.raw(item.folderId, item.uid) ?? Buffer.alloc(0);
  checkSender(mailbox, readDraft(raw).from);
  const { sentCopy, deliver } = prepared(mailbox, raw);
  const sent = store.folders.byRole(mailbox.mailboxId, "sent");
  store.transaction(() => {
    const uid = store.messages.rewrite(item.folderId, item.uid, { raw: sentCopy, internalDate: now() });
    store.messages.move(item.folderId, uid, sent.id);
    setFlag(store, item, "\\Draft", false);
    setFlag(store, item, "\\Seen", true);
  });
  deliver();
  return { status: 202 };
}

/**
 * Item ids as clients see them: long, opaque, and checked. An ordinary id of a message carries its entry, which a move
 * raises, so that it dies with the move; an immutable one does not. Folders have one kind only.
 * https://learn.microsoft.com/graph/outlook-immutable-id
 */
import { createHash } from "node:crypto";
import { idMalformed } from "./errors.ts";

export type ItemId =
  | { kind: "folder"; mailboxId: number; id: number }
  | { kind: "message"; mailboxId: number; id: number; entry: number }
  | { kind: "immutable"; mailboxId: number; id: number }
  | { kind: "attachment"; mailboxId: number; id: number; part: number };

const kinds = ["folder", "message", "immutable", "attachment"] as const;

/** Where the real ids have the mailbox's guid and the folder's. */
function filling(mailboxId: number, kind: number): Buffer {
  return createHash("sha256").update(`mailbox ${mailboxId} ${kind}`).digest();
}

function encoded(kind: number, mailboxId: number, id: number, more: number): string {
  const bytes = Buffer.alloc(15);
  bytes.writeUInt8(kind, 0);
  bytes.writeUInt16BE(mailboxId, 1);
  bytes.writeUIntBE(id, 3, 6);
  bytes.writeUInt32BE(more, 9);
  const body = Buffer.concat([Buffer.from([0, kind]), filling(mailboxId, kind), bytes]);
  const check = createHash("sha256").update(body).digest().subarray(0, 5);
  const text = Buffer.concat([body, check]).toString("base64");
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

export const folderId = (mailboxId: number, id: number): string => encoded(0, mailboxId, id, 0);

export const messageId = (
  message: { mailboxId: number; id: number; entry: number },
  immutable: boolean,
): string =>
  immutable
    ? encoded(2, message.mailboxId, message.id, 0)
    : encoded(1, message.mailboxId, message.id, message.entry);

export const attachmentId = (mailboxId: number, id: number, part: number): string =>
  encoded(3, mailboxId, id, part);

/** @throws GraphError ErrorInvalidIdMalformed for a text that is none of ours */
export function readId(text: string): ItemId {
  const bytes = Buffer.from(text, "base64url");
  const body = bytes.subarray(0, -5);
  const check = createHash("sha256").update(body).digest().subarray(0, 5);
  if (bytes.length !== 54 || !check.equals(bytes.subarray(-5))) throw idMalformed();
  const kind = kinds[body.readUInt8(34)];
  const mailboxId = body.readUInt16BE(35);
  const id = body.readUIntBE(37, 6);
  const more = body.readUInt32BE(43);
  switch (kind) {
    case "folder":
    case "immutable":
      return { kind, mailboxId, id };
    case "message":
      return { kind, mailboxId, id, entry: more };
    case "attachment":
      return { kind, mailboxId, id, part: more };
    default:
      throw idMalformed();
  }
}

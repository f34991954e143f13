/** A composed message as Graph's JSON, for mail from another address than the mailbox's own and for large attachments. */
import type { MailAddress } from "../mime/types.ts";
import { parseMessage } from "../mime/parse.ts";
import { walkSource } from "../mime/structure.ts";
import { decodeTransfer } from "../mime/transfer.ts";

export interface OutgoingFile {
  name: string;
  contentType: string;
  content: Uint8Array;
  isInline: boolean;
  contentId: string | null;
}

export interface OutgoingJson {
  /** For POST /messages. */
  message: object;
  files: OutgoingFile[];
}

const recipient = ({ name, address }: MailAddress): object => ({
  emailAddress: { address, ...(name !== "" && { name }) },
});

/** Graph takes no other header fields than `x-…`; what threads a mail goes by its MAPI properties (MS-OXPROPS 2.762, 2.757). */
const inReplyToTag = "String 0x1042";
const referencesTag = "String 0x1039";

/** @param to of the envelope: whom the header does not name gets it blind */
export async function outgoingJson(raw: Uint8Array, to: readonly string[]): Promise<OutgoingJson> {
  const parsed = await parseMessage(raw);
  const threading = [
    { id: inReplyToTag, value: parsed.inReplyTo.join(" ") },
    { id: referencesTag, value: parsed.references.join(" ") },
  ].filter(({ value }) => value !== "");
  const body =
    parsed.html === null
      ? { contentType: "text", content: parsed.text }
      : { contentType: "html", content: parsed.html };
  return {
    message: {
      subject: parsed.subject,
      body,
      ...(parsed.from !== null && { from: recipient(parsed.from) }),
      ...(parsed.messageId !== null && { internetMessageId: parsed.messageId }),
      toRecipients: parsed.to.map(recipient),
      ccRecipients: parsed.cc.map(recipient),
      bccRecipients: blindRecipients(
        [...parsed.to, ...parsed.cc].map(({ address }) => address),
        to,
      ),
      ...(parsed.replyTo.length > 0 && { replyTo: parsed.replyTo.map(recipient) }),
      ...(threading.length > 0 && { singleValueExtendedProperties: threading }),
    },
    files: walkSource(raw).attachments.map((part, index) => ({
      name: part.filename ?? `attachment-${index + 1}`,
      contentType: part.contentType,
      content: decodeTransfer(part.body, part.encoding),
      isInline: part.disposition === "inline",
      contentId: part.contentId?.replaceAll(/[<>]/g, "") ?? null,
    })),
  };
}

/** Those of the envelope that the header does not name. Pure. */
export function blindRecipients(named: readonly string[], to: readonly string[]): object[] {
  const known = new Set(named.map((address) => address.toLowerCase()));
  return to
    .filter((address) => !known.has(address.toLowerCase()))
    .map((address) => recipient({ name: "", address }));
}

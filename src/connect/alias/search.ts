/** Looks through a mailbox, newest first and bounded, for the mail that proves an alias. */
import type { Clock } from "../../core/clock.ts";
import type { FetchedMessage, MailSource, RemoteFolder } from "../../protocol/mail-source.ts";
import type { AddressProof } from "../../store/mailboxes.ts";
import { aliasEvidence, isCodeMail, readFields, type AliasQuestion, type HeaderFields } from "./evidence.ts";

/** How many of the newest mails are looked at: in the Inbox, and in each of the other folders. */
const inboxMails = 600;
const otherMails = 150;
const otherFolders = 5;
const pageSize = 100;
/** Of mails that came in the last minutes only the newest can be the code's. */
const codeMails = 25;

/** Mail that came in lies there; what was sent, drafted or deleted proves nothing, or not now. */
const leftOut: ReadonlySet<string> = new Set(["sent", "drafts"]);

export interface SearchParts {
  source: MailSource;
  clock: Clock;
  /** Monotonic milliseconds at which the search ends. */
  until: number;
}

type Judge = (fields: HeaderFields) => string | null;

/** @returns the proof, or null when no mail in reach proves it. @throws what the source throws */
export async function searchDelivered(
  parts: SearchParts,
  question: AliasQuestion,
): Promise<AddressProof | null> {
  return look(parts, { inbox: inboxMails, others: otherMails }, "delivered", (fields) =>
    aliasEvidence(fields, question),
  );
}

/** @returns the proof when the mail with the code has arrived */
export const searchCode = (
  parts: SearchParts,
  code: { wanted: string; subject: string },
): Promise<AddressProof | null> =>
  look(parts, { inbox: codeMails, others: codeMails }, "code", (fields) =>
    isCodeMail(fields, code) ? "Subject" : null,
  );

const rank = ({ role, messages }: RemoteFolder): number =>
  role === "inbox" ? -3 : role === "junk" ? -2 : role === "archive" ? -1 : messages === 0 ? 1 : 0;

/** Folders in the order in which they are looked through. */
export function foldersToSearch(folders: readonly RemoteFolder[]): RemoteFolder[] {
  const usable = folders.filter(
    ({ selectable, kind, role }) => selectable && kind === "mail" && !leftOut.has(role ?? ""),
  );
  return usable.toSorted((a, b) => rank(a) - rank(b)).slice(0, otherFolders + 1);
}

async function look(
  { source, clock, until }: SearchParts,
  mails: { inbox: number; others: number },
  by: AddressProof["by"],
  judge: Judge,
): Promise<AddressProof | null> {
  const folders = foldersToSearch(await source.listFolders());
  for (const folder of folders) {
    if (clock.monotonic() > until) return null;
    const limit = folder.role === "inbox" ? mails.inbox : mails.others;
    for await (const fields of newest({ source, clock, until }, folder.path, limit)) {
      const header = judge(fields);
      if (header === null) continue;
      const [messageId = null] = fields.get("message-id") ?? [];
      return { by, at: new Date(clock.now()).toISOString(), folder: folder.name, header, messageId };
    }
  }
  return null;
}

/** Headers of a folder's newest mails. */
async function* newest(
  { source, clock, until }: SearchParts,
  path: string,
  limit: number,
): AsyncGenerator<HeaderFields> {
  const { cursor: start, epochKey } = await source.head(path, null, { window: 1 });
  let cursor: Parameters<MailSource["tail"]>[1] | null = start;
  let left = limit;
  while (cursor !== null && left > 0 && clock.monotonic() < until) {
    const page = await source.tail(path, cursor, { sinceMs: null }, Math.min(pageSize, left));
    if (page.items.length === 0 && page.cursor !== null) return; // nothing that can be read
    const keys = page.items.map((item) => item.key);
    for await (const message of source.fetch(path, epochKey, keys, "header")) {
      const header = headerOf(message);
      if (header !== null) yield readFields(header);
    }
    left -= page.items.length;
    cursor = page.cursor;
  }
}

function headerOf({ content }: FetchedMessage): Uint8Array | null {
  switch (content.kind) {
    case "parts":
      return content.parts.header;
    case "source":
      return content.raw.subarray(0, 64 * 1024);
    case "unreadable":
      return null;
  }
}

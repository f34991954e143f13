/** What a scenario of a MailSource is, and what they have in common. */
import type { ImapFlow } from "imapflow";
import type { FetchedMessage, MailSource } from "../../src/protocol/mail-source.ts";

export interface Stage {
  source: MailSource;
  admin: ImapFlow;
  /** What the server calls the folder of deleted mail. */
  trash: string;
  /** What the transport has nothing of; the rest of a scenario is played all the same. */
  lacks?: readonly ("flags" | "folders")[];
}

export interface Scenario {
  name: string;
  play(stage: Stage): Promise<void>;
}

export const mail = (subject: string, body = "hello\r\n"): string =>
  `From: other@example\r\nTo: well@example\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example>\r\nDate: Mon, 02 Feb 2026 10:00:00 +0000\r\n\r\n${body}`;

export async function readAll(
  source: MailSource,
  folder: string,
  epochKey: string,
  keys: string[],
  what: "auto" | "source" = "auto",
): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = [];
  for await (const message of source.fetch(folder, epochKey, keys, what)) messages.push(message);
  return messages;
}

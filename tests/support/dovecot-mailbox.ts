/** A mailbox of a test's Dovecot beside the running product: connecting it by the command line, and another client on it. */
import { ImapFlow } from "imapflow";
import type { Dovecot } from "./dovecot.ts";
import type { Product } from "./product.ts";

export const mailboxUser = "well";
export const mailboxPassword = "secret";

/** `hitchpost connect --wait`; resolves when the mailbox is live, or with what the command said of its failure. */
export function connectDovecot(
  product: Product,
  apiKey: string,
  dovecot: Dovecot,
  folders: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = {
    "--method": "password",
    "--email": `${mailboxUser}@dovecot.example`,
    "--imap-host": dovecot.host,
    "--imap-port": String(dovecot.port),
    "--imap-security": "none",
    "--username": mailboxUser,
    "--folders": folders.join(","),
    "--history": "all",
    "--timeout": "90",
  };
  const args = ["connect", ...Object.entries(options).flat(), "--password-stdin", "--wait", "--json"];
  return product.command(args, { input: mailboxPassword, apiKey });
}

/** Another mail program on the same mailbox, for as long as `work` takes. */
export async function otherClient<T>(dovecot: Dovecot, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const client = new ImapFlow({
    host: dovecot.host,
    port: dovecot.port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: mailboxUser, pass: mailboxPassword },
    logger: false,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

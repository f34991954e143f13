/** A UIDVALIDITY change at a real Dovecot. */
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Dovecot } from "../../support/dovecot.ts";

/**
 * Gives every mail of a folder another number under another UIDVALIDITY, as a server does that was put back from a copy
 * (RFC 9051 2.3.1.1): Dovecot's list of numbers and its indexes go, flags stay in the files' names. It must not run meanwhile.
 */
export async function renumber(dovecot: Dovecot, user: string, folder: string): Promise<void> {
  const base = dovecot.maildir(user);
  const directory = folder === "INBOX" ? base : path.join(base, `.${folder.replaceAll("/", ".")}`);
  await removeByPrefix(directory, ["dovecot-uidlist", "dovecot.index"]);
  await removeByPrefix(base, ["dovecot.list.index"]);
}

async function removeByPrefix(directory: string, prefixes: readonly string[]): Promise<void> {
  for (const name of await readdir(directory))
    if (prefixes.some((prefix) => name.startsWith(prefix))) await rm(path.join(directory, name));
}

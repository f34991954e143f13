/** A UIDVALIDITY change at a real Dovecot. */
import { chown, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Dovecot } from "../../support/dovecot.ts";

/**
 * Gives every mail of a folder another number under another UIDVALIDITY, as a server does that was put back from a copy
 * (RFC 9051 2.3.1.1). Dovecot must not run meanwhile. Its list of numbers stays a list of all files: a mail that is moved in
 * keeps its file's name where the list does not know it, and would replace its twin.
 */
export async function renumber(dovecot: Dovecot, user: string, folder: string): Promise<void> {
  const base = dovecot.maildir(user);
  const directory = folder === "INBOX" ? base : path.join(base, `.${folder.replaceAll("/", ".")}`);
  const list = path.join(directory, "dovecot-uidlist");
  const text = await readFile(list, "utf8").catch(() => null);
  if (text === null) return; // nobody has opened it yet
  const { uid, gid } = await stat(list);
  await writeFile(`${list}.new`, renumbered(text));
  await chown(`${list}.new`, uid, gid);
  await rename(`${list}.new`, list);
  await removeByPrefix(directory, "dovecot.index");
  await removeByPrefix(base, "dovecot.list.index");
}

/** Pure: `3 V<UIDVALIDITY> N<UIDNEXT> G<guid>`, then a line for each mail that begins with its UID. */
function renumbered(list: string): string {
  const [header = "", ...mails] = list.trimEnd().split("\n");
  const validity = Number(/ V(\d+)/.exec(header)?.[1]);
  const anew = header.replace(/ V\d+/, ` V${validity + 1}`).replace(/ N\d+/, ` N${mails.length + 1}`);
  return `${[anew, ...mails.map((line, index) => line.replace(/^\d+/, String(index + 1)))].join("\n")}\n`;
}

async function removeByPrefix(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory))
    if (name.startsWith(prefix)) await rm(path.join(directory, name));
}

/** What the other mail program of a run does to the mailbox, by chance; the model is told as it happens. */
import type { MailMaker } from "../mails.ts";
import type { Model, ModelMail, Newness } from "../model.ts";
import type { Random } from "../random.ts";
import type { ServerItem } from "../states.ts";
import type { OtherProgram } from "./other-program.ts";

export interface MailboxWork {
  random: Random;
  model: Model;
  mails: MailMaker;
  program: OtherProgram;
  /** For the story of a failure. */
  note(what: string): void;
  /** Tells the model what was told as new by now. */
  noteTold(): Promise<void>;
  /** Marks of mail that is being taken away: people here leave it alone for that moment, else nobody knew who was first. */
  busy: Set<string>;
}

export const mailboxOperations = {
  append: 9,
  "append old mail": 1,
  "append the same again": 1,
  flag: 4,
  move: 3,
  copy: 1,
  remove: 2,
  "create folder": 0.5,
  "rename folder": 0.5,
  "remove folder": 0.3,
} as const;
export type MailboxOperation = keyof typeof mailboxOperations;

/** Folders that stand from the beginning and stay; new mail counts as new in the first two. */
export const standing = ["INBOX", "Archive", "Sent", "Trash", "Junk", "Drafts"] as const;
const dayMs = 86_400_000;

/** Does one of them. */
export async function workOnMailbox(work: MailboxWork, operation: MailboxOperation): Promise<void> {
  switch (operation) {
    case "append":
      return append(work, Date.now(), "yes");
    case "append old mail":
      return append(work, Date.now() - work.random.int(3, 300) * dayMs, "no");
    case "append the same again":
      return appendAgain(work);
    case "flag":
      return changeFlag(work);
    case "move":
    case "copy":
    case "remove":
      return take(work, operation);
    case "create folder": {
      const folder = `Folder ${work.random.int(1, 1e6)}`;
      work.note(`creates ${folder}`);
      await work.program.createFolder(folder);
      return void work.model.synced.add(folder);
    }
    case "rename folder":
      return renameFolder(work);
    case "remove folder":
      return removeFolder(work);
  }
}

async function append(work: MailboxWork, atMs: number, news: Newness): Promise<void> {
  const { random, model, mails, program } = work;
  await work.noteTold();
  const mail = mails.make(atMs);
  const folder = random.chance(0.75) ? "INBOX" : random.pick([...model.synced]);
  const flags = random.chance(0.2) ? ["\\Seen"] : [];
  // Elsewhere it may come between a folder's renaming and its being found again; before a folder was looked into, it is old.
  const counts = news === "no" || (["INBOX", "Archive"].includes(folder) && model.opened.has(folder));
  work.note(`files ${mail.mark} (${mail.messageId}) in ${folder}`);
  await program.append(folder, mail.raw, { flags, atMs });
  model.appended(mail, folder, { flags, news: counts ? news : "maybe" });
}

async function appendAgain({ random, model, mails, program, note }: MailboxWork): Promise<void> {
  const others = mails.made.filter(({ mark }) => model.mails.get(mark)?.wanted === false);
  if (others.length === 0) return;
  const mail = random.pick(others);
  const folder = random.pick(["INBOX", "Archive"]);
  note(`files ${mail.mark} again in ${folder}`);
  await program.append(folder, mail.raw, { atMs: Date.now() });
  model.appended(mail, folder, { news: "maybe" });
}

interface Found {
  folder: string;
  item: ServerItem;
  entry: ModelMail;
}

/** A mail that stands somewhere now and is no reply's copy. */
async function find({ random, model, program }: MailboxWork): Promise<Found | null> {
  for (const folder of [random.pick([...model.synced]), "INBOX"]) {
    const items = (await program.items(folder)).filter(({ mark }) => model.mails.get(mark)?.mail != null);
    if (items.length === 0) continue;
    const item = random.pick(items);
    return { folder, item, entry: model.mails.get(item.mark)! };
  }
  return null;
}

async function changeFlag(work: MailboxWork): Promise<void> {
  const found = await find(work);
  if (found === null) return;
  const flag = work.random.pick(["\\Seen", "\\Flagged", "\\Answered"] as const);
  const on = work.random.chance(0.7);
  work.note(`${on ? "sets" : "clears"} ${flag} of ${found.item.mark} in ${found.folder}`);
  await work.program.flag(found.folder, found.item.uid, flag, on);
  work.model.flagged(found.item.mark, flag, on);
}

async function take(work: MailboxWork, how: "move" | "copy" | "remove"): Promise<void> {
  await work.noteTold();
  const found = await find(work);
  // What people here moved may be gone from there by now.
  if (found === null || found.entry.wanted) return;
  await whileBusy(work, [found.item.mark], () => takeFound(work, how, found));
}

async function takeFound(
  { random, model, program, note }: MailboxWork,
  how: "move" | "copy" | "remove",
  { folder, item }: Found,
): Promise<void> {
  const targets = [...model.synced].filter((other) => other !== folder && other !== "Sent");
  const to = random.pick(targets);
  note(`${how}: ${item.mark}, ${folder} ${item.uid}${how === "remove" ? "" : ` to ${to}`}`);
  if (how === "move") {
    await program.move(folder, item.uid, to);
    model.moved(item.mark, folder, to);
  } else if (how === "copy") {
    await program.copy(folder, item.uid, to);
    model.copied(item.mark, to);
  } else {
    await program.remove(folder, item.uid);
    model.removed(item.mark, folder);
  }
}

async function whileBusy(
  { busy }: MailboxWork,
  marks: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  for (const mark of marks) busy.add(mark);
  try {
    await work();
  } finally {
    for (const mark of marks) busy.delete(mark);
  }
}

/** Folders that may go: nobody here wants a mail moved there, or from there. */
function passing({ model }: MailboxWork): string[] {
  const wanted = new Set(
    [...model.mails.values()].filter((entry) => entry.wanted).flatMap(({ places }) => [...places]),
  );
  return [...model.synced].filter(
    (folder) => !(standing as readonly string[]).includes(folder) && !wanted.has(folder),
  );
}

async function renameFolder(work: MailboxWork): Promise<void> {
  const { random, model, program } = work;
  const folders = passing(work);
  if (folders.length === 0) return;
  const [from, to] = [random.pick(folders), `Renamed ${random.int(1, 1e6)}`];
  work.note(`renames ${from} to ${to}`);
  await program.renameFolder(from, to);
  model.folderRenamed(from, to);
}

async function removeFolder(work: MailboxWork): Promise<void> {
  const { random, model, program } = work;
  const folders = passing(work);
  if (folders.length === 0) return;
  await work.noteTold();
  const folder = random.pick(folders);
  const marks = (await program.items(folder)).map(({ mark }) => mark);
  if (!passing(work).includes(folder)) return; // somebody here wants something of it by now
  await whileBusy(work, marks, async () => {
    work.note(`removes ${folder} with ${marks.join(", ")}`);
    await program.removeFolder(folder);
    model.folderRemoved(folder, marks);
  });
}

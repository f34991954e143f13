/** One random step of a run: of the other client, of people here, or against a process. */
import { chaosFlags } from "./model.ts";
import type { Copy } from "./server.ts";
import type { Stage } from "./stage.ts";

const weights = {
  append: 26,
  again: 3,
  copy: 3,
  flag: 12,
  move: 10,
  expunge: 8,
  create: 2,
  rename: 2,
  removeFolder: 1,
  renumber: 2,
  peopleFlag: 7,
  peopleMany: 2,
  peopleMove: 6,
  peopleDelete: 3,
  reply: 9,
  kill: 3,
  freeze: 4,
  handOver: 1,
  cutAll: 2,
};
export type Operation = keyof typeof weights;

const operations: Record<Operation, (stage: Stage) => unknown> = {
  append,
  again,
  copy: copyOne,
  flag,
  move,
  expunge,
  create,
  rename,
  removeFolder,
  renumber,
  peopleFlag,
  peopleMany,
  peopleMove,
  peopleDelete,
  reply,
  kill: (stage) => stage.processes.kill(),
  freeze: (stage) => stage.processes.freeze(),
  handOver: (stage) => stage.processes.handOver(),
  cutAll: ({ server, tally }) => {
    tally.add("all connections cut");
    server.imap.cutAll();
    server.smtp.cutAll();
  },
};

/** @returns what was done, for the story of a failure */
export async function step(stage: Stage): Promise<Operation> {
  const operation = stage.random.weighted(weights);
  await operations[operation](stage);
  return operation;
}

const hourMs = 3_600_000;

/** Files a mail as it arrives. `before`: it stood there before the mailbox was connected. */
export async function append(
  { server, random, model, maker, clock, noteTold }: Omit<Stage, "processes">,
  before = false,
): Promise<void> {
  if (!before) await noteTold();
  const folder = random.chance(0.7) ? "INBOX" : random.pick(writable(server.folders()));
  const receivedMs = clock.now() - (before ? random.int(hourMs, 60 * 24 * hourMs) : 0);
  const mail = maker.make(receivedMs - random.int(0, 300_000));
  const flags = random.chance(0.3) ? ["\\Seen"] : [];
  server.append(folder, mail.raw, flags, receivedMs);
  model.appended(mail, folder, { flags, news: before ? "no" : model.opened.has(folder) ? "yes" : "maybe" });
}

/** Not into Sent: what stands there is what left. */
const writable = (folders: readonly string[]): string[] =>
  folders.filter((name) => ["INBOX", "Archive", "Junk", "Deleted"].includes(name) || name.startsWith("Team"));

/** The very same mail once more. */
function again({ server, random, model, maker }: Stage): void {
  const [mail] = maker.made.length === 0 ? [] : [random.pick(maker.made)];
  if (mail === undefined || (model.mails.get(mail.mark)?.copies ?? 0) === 0) return;
  const folder = random.chance(0.7) ? "INBOX" : random.pick(writable(server.folders()));
  server.append(folder, mail.raw);
  model.appended(mail, folder, { news: "maybe" });
}

/** A copy in a folder where the other client may change something; none of a mail that is being moved by copying. */
function anyCopy({ server, random, model }: Stage, folders = writable(server.folders())): Copy | undefined {
  const all = server.folders().flatMap((folder) => server.copies(folder));
  const settled = (mark: string): boolean =>
    all.filter((copy) => copy.mark === mark).length === model.mails.get(mark)?.copies;
  const copies = all.filter(({ folder, mark }) => folders.includes(folder) && settled(mark));
  return copies.length === 0 ? undefined : random.pick(copies);
}

function copyOne(stage: Stage): void {
  const one = anyCopy(stage);
  if (one === undefined) return;
  const to = stage.random.pick(writable(stage.server.folders()));
  stage.server.copy(one, to);
  stage.model.copied(one.mark, to);
}

function flag(stage: Stage): void {
  const one = anyCopy(stage, [...writable(stage.server.folders()), "Sent"]);
  if (one === undefined) return;
  const name = stage.random.pick(chaosFlags);
  const on = !one.flags.includes(name);
  stage.server.setFlags(one, on ? [...one.flags, name] : one.flags.filter((other) => other !== name));
  stage.model.flagged(one.mark, name, on);
}

async function move(stage: Stage): Promise<void> {
  await stage.noteTold();
  const one = anyCopy(stage);
  if (one === undefined) return;
  const targets = writable(stage.server.folders()).filter((name) => name !== one.folder);
  const to = stage.random.pick(targets);
  stage.server.move(one, to);
  stage.model.moved(one.mark, one.folder, to);
}

async function expunge(stage: Stage): Promise<void> {
  await stage.noteTold();
  const one = anyCopy(stage);
  if (one === undefined) return;
  stage.server.expunge(one);
  stage.model.removed(one.mark, one.folder);
}

const ownFolders = (stage: Stage): string[] =>
  stage.server.folders().filter((name) => name.startsWith("Team"));

/** A new one is not chosen: nothing of it is kept in step. */
function create({ server, serial }: Stage): void {
  server.create(`Team ${serial()}`);
}

/** Not one that was renumbered, nor a chosen one that was never looked into: nothing could tell that it is the same. */
async function rename(stage: Stage): Promise<void> {
  await stage.noteTold();
  const { synced, opened } = stage.model;
  const folders = ownFolders(stage).filter(
    (name) => !stage.shifted.has(name) && (opened.has(name) || !synced.has(name)),
  );
  if (folders.length === 0) return;
  const from = stage.random.pick(folders);
  const to = `Team ${stage.serial()}`;
  stage.server.rename(from, to);
  stage.model.folderRenamed(from, to);
  stage.shifted.add(to);
}

async function removeFolder(stage: Stage): Promise<void> {
  await stage.noteTold();
  const folders = ownFolders(stage);
  if (folders.length < 2) return;
  const path = stage.random.pick(folders);
  const marks = stage.server.copies(path).map(({ mark }) => mark);
  stage.server.remove(path);
  stage.model.folderRemoved(path, marks);
}

function renumber(stage: Stage): void {
  const candidates = ["INBOX", "Sent", ...ownFolders(stage)].filter((name) => !stage.shifted.has(name));
  const path = stage.random.pick(candidates);
  if (path.startsWith("Team")) stage.shifted.add(path);
  stage.tally.add("UIDVALIDITY changed");
  stage.server.renumber(path);
}

async function peopleFlag({ people, random }: Stage): Promise<void> {
  const shown = await people.shown();
  if (shown.length === 0) return;
  await people.flag(random.pick(shown), random.pick(["\\Seen", "\\Flagged"] as const), random.chance(0.7));
}

async function peopleMany({ people, random }: Stage): Promise<void> {
  const shown = (await people.shown()).filter(() => random.chance(0.4));
  if (shown.length === 0) return;
  await people.flagMany(shown, random.pick(["\\Seen", "\\Flagged"] as const), random.chance(0.7));
}

async function peopleMove(stage: Stage): Promise<void> {
  await stage.noteTold();
  const shown = (await stage.people.shown()).filter(({ direction }) => direction === "in");
  if (shown.length === 0) return;
  const folders = [...ownFolders(stage), "Archive", "Junk", "INBOX"];
  await stage.people.move(stage.random.pick(shown), stage.random.pick(folders));
}

async function peopleDelete(stage: Stage): Promise<void> {
  await stage.noteTold();
  const shown = (await stage.people.shown()).filter(({ direction }) => direction === "in");
  if (shown.length > 0) await stage.people.throwAway(stage.random.pick(shown));
}

async function reply(stage: Stage): Promise<void> {
  const shown = (await stage.people.shown()).filter(({ direction }) => direction === "in");
  if (shown.length === 0) return;
  await stage.people.reply(stage.random.pick(shown), `mark-${stage.prefix}r${stage.serial()}`);
}

/**
 * What must be true at the end of a chaos run, kept beside the real thing: every operation of the other client and every
 * wish of people here is told to it as it happens. It knows no server and no database (`compare.ts` holds them against it).
 *
 * Where two hands change one thing at once, the outcome is one of several; then the model holds all that are right.
 */
import type { ChaosMail } from "./mails.ts";

/** The flags that chaos plays with. */
export const chaosFlags = ["\\Seen", "\\Flagged", "\\Answered"] as const;
export type ChaosFlag = (typeof chaosFlags)[number];

/** `yes`: told as new exactly once; `no`: never; `maybe`: at most once (it was taken away soon, or came to a folder that was not looked into yet). */
export type Newness = "yes" | "no" | "maybe";

export interface ModelMail {
  mark: string;
  mail: ChaosMail | null;
  /** Copies that stand at the server. */
  copies: number;
  copiesEver: number;
  /** Two copies stood in one folder once, or may have: they are two messages for good. */
  twinned: boolean;
  /** Folders where a copy may stand. */
  places: Set<string>;
  /** Flag → what it may be. */
  flags: Map<ChaosFlag, Set<boolean>>;
  news: Newness;
  /** It was never moved, copied or taken away, here or there. */
  steady: boolean;
  /** Somebody here wanted something of it: moves and flags of ours may come in between. */
  wanted: boolean;
}

export interface ModelReply {
  mark: string;
  /** Our id of the outbox row. */
  id: string;
  answers: string;
}

/** The last word of people here on a flag of a mail. */
export interface FlagWish {
  on: boolean;
  /** Something else touched the flag, or the mail's copies, since. */
  crossed: boolean;
}

export class Model {
  /** Marks that were told as new already: whatever happens to them later does not take that back. */
  readonly told = new Set<string>();
  /** Marks that were seen as gone from the mailbox, though they stood where they always stood. */
  readonly falselyGone = new Set<string>();
  /** Mark and flag → the last wish. */
  readonly wishes = new Map<string, FlagWish>();
  /** An unclear reply may be left to a person: where the server is not known to file copies, nothing can be proved. */
  mayAskPerson = false;
  readonly mails = new Map<string, ModelMail>();
  readonly replies: ModelReply[] = [];
  /** Folders that are chosen to be kept in step, under their present names. */
  readonly synced = new Set<string>();
  /** Those of them whose boundary between old and new is known to stand. */
  readonly opened = new Set<string>();

  /** What is not told yet may be found by other ways than as new mail from now on. */
  #unsure(entry: ModelMail): void {
    if (entry.news === "yes" && !this.told.has(entry.mark)) entry.news = "maybe";
  }

  #cross(mark: string): void {
    for (const flag of chaosFlags) {
      const wish = this.wishes.get(`${mark} ${flag}`);
      if (wish !== undefined) wish.crossed = true;
    }
  }

  #entry(mark: string): ModelMail {
    const entry = this.mails.get(mark);
    if (entry === undefined) throw new Error(`the model does not know ${mark}`);
    return entry;
  }

  /** A mail, or another copy of it, was filed. `alone: false`: another copy may stand in that folder. */
  appended(
    mail: ChaosMail,
    folder: string,
    { flags = [], news }: { flags?: readonly string[]; news: Newness },
  ): void {
    const known = this.mails.get(mail.mark);
    if (known === undefined) {
      this.mails.set(mail.mark, {
        mark: mail.mark,
        mail,
        copies: 1,
        copiesEver: 1,
        twinned: false,
        places: new Set([folder]),
        flags: new Map(chaosFlags.map((flag) => [flag, new Set([flags.includes(flag)])])),
        news,
        steady: true,
        wanted: false,
      });
      return;
    }
    this.#another(known, folder);
    // Which of the copies the other program means by a flag is not known to the model.
    for (const flag of chaosFlags) known.flags.get(flag)!.add(flags.includes(flag));
    known.news = "maybe";
  }

  copied(mark: string, to: string): void {
    const entry = this.#entry(mark);
    this.#another(entry, to);
    entry.news = "maybe"; // where it is two messages, both may be told
  }

  #another(entry: ModelMail, folder: string): void {
    this.#cross(entry.mark);
    entry.steady = false;
    entry.copies += 1;
    entry.copiesEver += 1;
    // Another copy may be moved beside it by a wish of ours that is still on its way.
    if (entry.places.has(folder) || entry.wanted || entry.copies > 2) entry.twinned = true;
    entry.places.add(folder);
  }

  removed(mark: string, folder: string): void {
    const entry = this.#entry(mark);
    this.#cross(mark);
    entry.steady = false;
    entry.copies -= 1;
    if (entry.copies === 0) entry.places.clear();
    else if (!entry.twinned && !entry.wanted) entry.places.delete(folder);
    this.#unsure(entry);
  }

  moved(mark: string, from: string, to: string): void {
    const entry = this.#entry(mark);
    entry.steady = false;
    if (entry.copies === 1) entry.places = entry.wanted ? entry.places.add(to) : new Set([to]);
    else {
      if (entry.places.has(to)) entry.twinned = true;
      if (!entry.twinned && !entry.wanted) entry.places.delete(from);
      entry.places.add(to);
    }
    this.#unsure(entry);
  }

  flagged(mark: string, flag: ChaosFlag, on: boolean): void {
    const entry = this.#entry(mark);
    this.#cross(mark);
    if (entry.copies === 1 && !entry.wanted) entry.flags.set(flag, new Set([on]));
    else entry.flags.get(flag)!.add(on);
  }

  folderRenamed(from: string, to: string): void {
    for (const names of [this.synced, this.opened]) if (names.delete(from)) names.add(to);
    for (const entry of this.mails.values()) if (entry.places.delete(from)) entry.places.add(to);
  }

  /** The folder went with what stood in it: one mark for each copy. */
  folderRemoved(path: string, marks: readonly string[]): void {
    for (const mark of marks) this.removed(mark, path);
    this.synced.delete(path);
  }

  /** Somebody here set or took a flag. */
  wantsFlag(mark: string, flag: ChaosFlag, on: boolean): void {
    const entry = this.#entry(mark);
    entry.wanted = true;
    entry.flags.get(flag)!.add(on);
    this.wishes.set(`${mark} ${flag}`, { on, crossed: entry.copies !== 1 });
  }

  /** Somebody here moved it, or threw it away, which is a move to the folder of deleted mail. */
  wantsMove(mark: string, to: string): void {
    const entry = this.#entry(mark);
    entry.wanted = true;
    entry.steady = false;
    entry.places.add(to);
    if (entry.copies > 1) entry.twinned = true; // both may come to stand there
    this.#unsure(entry);
  }

  /** A reply was queued here. It counts as filed in Sent when it has left (`replyLeft`). */
  replied(reply: ModelReply): void {
    this.replies.push(reply);
    const answered = this.mails.get(reply.answers);
    if (answered === undefined) return;
    answered.wanted = true;
    this.#cross(reply.answers);
    for (const flag of ["\\Answered", "\\Seen"] as const) answered.flags.get(flag)!.add(true);
  }

  /** The server filed the copy of a reply. */
  copyFiled(mark: string, sent: string): void {
    const known = this.mails.get(mark);
    if (known !== undefined) {
      known.copies += 1;
      known.copiesEver += 1;
      known.twinned = true;
      return;
    }
    this.mails.set(mark, {
      mark,
      mail: null,
      copies: 1,
      copiesEver: 1,
      twinned: false,
      places: new Set([sent]),
      flags: new Map(chaosFlags.map((flag) => [flag, new Set([true, false])])),
      news: "maybe",
      steady: true,
      wanted: false,
    });
  }

  /** Where it stands since it came; null: it has moved about. */
  homeOf(mark: string): string | null {
    const entry = this.mails.get(mark);
    return entry?.steady === true && entry.copies === 1 ? ([...entry.places][0] ?? null) : null;
  }
}

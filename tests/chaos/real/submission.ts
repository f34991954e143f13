/**
 * The submission server of the runs with real processes. What it takes over has left, and is counted; as Outlook.com it
 * gives mail another Message-ID, keeps ours in X-Microsoft-Original-Message-ID, and files the copy in Sent itself, late.
 */
import { startCountingSmtp, type Break, type Delivery, type Silence } from "../../support/counting-smtp.ts";

export interface SubmissionHabits {
  /** Gives another Message-ID. */
  renames: boolean;
  /** Tells the new one in its answer. */
  tellsId: boolean;
  /** Files the copy in Sent itself. */
  files: boolean;
  /** How long after the hand-over, milliseconds; asked for each mail. */
  lateMs(): number;
  /** Puts the copy into the user's Sent folder. */
  file(raw: string): Promise<void>;
  /** A mail has left, as recipients have it. */
  left(raw: string): void;
}

export interface Submission {
  port: number;
  /** Whose mail it takes over, and how. */
  open(user: string, habits: SubmissionHabits): void;
  /** The next hand-over of the user is broken off, or stands still, there. */
  breakNext(user: string, at: Break): void;
  forgetBreak(user: string): void;
  hush(user: string, at: Silence): void;
  /** It answers again; whatever stood still is broken off by its client. */
  unhush(user: string): void;
  stands(user: string): boolean;
  /** What left for recipients, in order, as it was handed over. */
  left(user: string): Delivery[];
  /** Copies that are still to be filed. */
  heldBack(user: string): number;
  stop(): Promise<void>;
}

export async function startSubmission(): Promise<Submission> {
  const habits = new Map<string, SubmissionHabits>();
  const held = new Map<string, number>();
  const filing = new Set<Promise<void>>();
  let count = 0;
  const fileLater = async (user: string, { lateMs, file }: SubmissionHabits, raw: string): Promise<void> => {
    held.set(user, (held.get(user) ?? 0) + 1);
    await new Promise((wake) => setTimeout(wake, lateMs()));
    await file(raw);
    held.set(user, (held.get(user) ?? 0) - 1);
  };
  const smtp = await startCountingSmtp(({ user, raw }) => {
    const how = habits.get(user);
    if (how === undefined) return "2.0.0 OK";
    const id = `<${(++count).toString(16).padStart(16, "0")}.${user}@prod.outlook.example>`;
    const copy = how.renames ? renamed(raw, id) : raw;
    how.left(copy);
    if (how.files) {
      const work = fileLater(user, how, copy).finally(() => filing.delete(work));
      filing.add(work);
    }
    return how.renames && how.tellsId ? `2.0.0 OK ${id} [Hostname=chaos]` : "2.0.0 OK queued";
  });
  return {
    port: smtp.port,
    open: (user, how) => void habits.set(user, how),
    breakNext: (user, at) => void smtp.breaks.set(user, at),
    forgetBreak: (user) => void smtp.breaks.delete(user),
    hush: (user, at) => void smtp.silent.set(user, at),
    unhush(user) {
      smtp.silent.delete(user);
      smtp.standing.delete(user);
    },
    stands: (user) => smtp.standing.has(user),
    left: (user) => smtp.deliveries.filter((delivery) => delivery.user === user),
    heldBack: (user) => held.get(user) ?? 0,
    stop: async () => {
      await Promise.all(filing);
      await smtp.stop();
    },
  };
}

/** Pure: the mail under another Message-ID, ours kept beside it. */
function renamed(raw: string, id: string): string {
  const [head = "", ...body] = raw.split("\r\n\r\n");
  const fields = head.replace(
    /^Message-ID:[ \t]*(?:\r\n[ \t]+)?(<.*>)/im,
    `Message-ID: ${id}\r\nX-Microsoft-Original-Message-ID: $1`,
  );
  return [fields, ...body].join("\r\n\r\n");
}

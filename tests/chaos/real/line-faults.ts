/** What happens on the lines between the product and one mailbox's servers. */
import type { Relay } from "../../support/relay.ts";
import type { Random } from "../random.ts";
import type { OutlookManners } from "./outlook-manners.ts";
import type { Submission } from "./submission.ts";

export interface Lines {
  imap: Relay;
  smtp: Relay;
  manners: OutlookManners;
  submission: Submission;
  user: string;
}

export const lineFaults = {
  "connections cut": 2,
  "cut at a byte": 4,
  "answers delayed": 2,
  silence: 1,
  throttled: 2,
  BYE: 1,
  "sending cut at a byte": 2,
  "sending stopped before the dot": 2,
  "sending cut after the dot": 2,
  "sending left without an answer": 1,
} as const;
export type LineFault = keyof typeof lineFaults;

/** Does it; resolves when it is over, or waits to strike. */
export async function strike(lines: Lines, fault: LineFault, random: Random): Promise<void> {
  const { imap, smtp, manners, submission, user } = lines;
  const ms = random.int(200, 3_000);
  const direction = random.chance(0.3) ? ("there" as const) : ("back" as const);
  const bytes = Math.floor(10 ** (random.next() * 4.3)); // from 1 to 20,000, small ones as often as large ones
  switch (fault) {
    case "connections cut":
      return void imap.cut();
    case "cut at a byte":
      return imap.cutAfter(bytes, direction);
    case "answers delayed":
      imap.delay(random.int(20, 400));
      await wait(ms);
      return imap.delay(0);
    case "silence":
      imap.freeze();
      await wait(ms);
      return imap.thaw();
    case "throttled":
      return manners.throttle(ms);
    case "BYE":
      return manners.sayBye();
    case "sending cut at a byte":
      return smtp.cutAfter(random.int(1, 900), direction);
    case "sending stopped before the dot":
      return submission.breakNext(user, random.pick(["body", "dot"]));
    case "sending cut after the dot":
      return submission.breakNext(user, "answer");
    case "sending left without an answer":
      submission.hush(user, random.pick(["login", "body", "answer"]));
      await wait(ms);
      submission.unhush(user);
      return void smtp.cut();
  }
}

/** Nothing lies in wait any more. */
export function clear({ imap, smtp, submission, user }: Lines): void {
  for (const line of [imap, smtp]) {
    line.delay(0);
    line.thaw();
    line.cutAfter(Infinity, "back");
  }
  submission.forgetBreak(user);
  submission.unhush(user);
}

const wait = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

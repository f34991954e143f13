/** How a mailbox's state looks: its tone, whether work is under way, how far an import is. */
import type { Mailbox, MailboxState } from "../api/gen/model/index.ts";
import type { Tone } from "../ui/Tag.tsx";

export const stateTones: Record<MailboxState, Tone> = {
  connecting: "accent",
  listing: "accent",
  backfilling: "accent",
  live: "good",
  backing_off: "warn",
  needs_attention: "bad",
  paused: "plain",
};

export const isWorking = (state: MailboxState): boolean =>
  state === "connecting" || state === "listing" || state === "backfilling";

/** From 0 to 1, or null when nothing is being imported. */
export function importShare({ state, progress }: Pick<Mailbox, "state" | "progress">): number | null {
  if (state !== "backfilling" || progress === null || progress.total === 0) return null;
  return Math.min(1, progress.done / progress.total);
}

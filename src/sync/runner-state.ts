/** Every change of a mailbox's state goes through here: row, log line and event in one fenced transaction. */
import { HitchpostError } from "../core/errors.ts";
import {
  findMailbox,
  setMailboxState,
  updateMailbox,
  type Mailbox,
  type MailboxState,
} from "../store/mailboxes.ts";
import { writeMailbox, type SyncContext } from "./context.ts";

export type RunnerState = Exclude<MailboxState, "removed">;

export interface StateDetail {
  /** Error code that led here. */
  code?: string;
  /** When it is tried again, RFC 3339; null: not by itself. */
  retryAt?: string | null;
}

/**
 * Where the user has reconnected the mailbox meanwhile nothing is written: *connecting* stands beside the request to begin
 * anew, which reaches the runner in a moment.
 *
 * @param throttledUntilMs the pause the server asked for; null ends it; left out: as it is
 * @throws `fence_lost`, also when the user has paused the mailbox meanwhile
 */
export async function changeState(
  ctx: SyncContext,
  state: RunnerState,
  detail: StateDetail = {},
  throttledUntilMs?: number | null,
): Promise<void> {
  let written = false;
  await writeMailbox(
    ctx,
    async (tx, events) => {
      const mailbox = await findMailbox(tx, ctx.mailboxId);
      assertNotPaused(mailbox);
      if (mailbox?.state === "connecting" && ctx.said.state !== "connecting") return;
      if (
        throttledUntilMs !== undefined &&
        throttledUntilMs !== (mailbox?.throttledUntil?.getTime() ?? null)
      ) {
        await updateMailbox(tx, ctx.mailboxId, {
          throttledUntil: throttledUntilMs === null ? null : new Date(throttledUntilMs),
        });
      }
      events.push(...(await setMailboxState(tx, ctx.mailboxId, state, { ...detail })));
      written = true;
    },
    { exclusive: true },
  );
  if (written) ctx.said.state = state;
}

/** The user's pause wins over what the runner was about to say; the runner stops as if it had lost the mailbox. */
function assertNotPaused(mailbox: Mailbox | null): void {
  if (mailbox?.state === "paused") throw new HitchpostError("fence_lost", "The mailbox was paused.");
}

/** The mailbox was seen in step with the server now. */
export async function noteInStep(ctx: SyncContext): Promise<void> {
  await writeMailbox(ctx, (tx) => updateMailbox(tx, ctx.mailboxId, { inStepAt: new Date(ctx.clock.now()) }), {
    exclusive: true,
  });
}

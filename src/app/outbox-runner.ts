/** Hands the outbox of `inbox/` to `sync/`, which calls it as the mailbox's owner. */
import type { Clock } from "../core/clock.ts";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { ConnectService } from "../connect/service.ts";
import { runOutbox } from "../inbox/outbox/run-outbox.ts";
import type { Blobs } from "../store/blobs.ts";
import { getMailbox } from "../store/mailboxes.ts";
import type { RunOutbox } from "../sync/session.ts";

export function createOutboxRunner(parts: {
  clock: Clock;
  log: Log;
  blobs: Blobs;
  connect: ConnectService;
}): RunOutbox {
  const { clock, log, blobs, connect } = parts;
  return async ({ source, ...context }) => {
    let sent = false;
    const nextDueAtMs = await runOutbox({
      ...context,
      clock,
      log,
      blobs,
      openSender: async () => {
        const mailbox = await getMailbox(context.tenant, context.mailboxId);
        const sender = connect.openSender(context.tenant, mailbox);
        if (!sender) throw new HitchpostError("cannot_send", `${mailbox.address} has no server for sending.`);
        sent = true;
        return sender;
      },
      withSource: (work) => {
        sent = true; // a copy was filed, or waits for sync to read what is new in Sent
        return work(source);
      },
    });
    return { sent, nextDueAtMs };
  };
}

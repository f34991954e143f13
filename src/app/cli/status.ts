/** `hitchpost status`. */
import type { z } from "zod";
import { statusSchema } from "../../api/system/schema.ts";
import { readConfig } from "../config.ts";
import { createClient } from "./client.ts";
import { defaultTempo } from "../../sync/live-parts.ts";

type Status = z.output<typeof statusSchema>;

export async function statusCommand(options: { json?: boolean }): Promise<void> {
  const status = await createClient(readConfig()).call("GET", "/v1/status", statusSchema);
  process.stdout.write(options.json === true ? `${JSON.stringify(status)}\n` : describeStatus(status));
}

/** Pure: the status in lines for a person. */
export function describeStatus({ version, database, processes, mailboxes }: Status): string {
  const lines = [
    `Hitchpost ${version} · PostgreSQL ${database.version}${database.embedded ? " (embedded)" : ""}`,
  ];
  for (const { kind, hostname, pid, mailboxes: owned } of processes)
    lines.push(`${kind} on ${hostname} (process ${pid}): ${owned} ${owned === 1 ? "mailbox" : "mailboxes"}`);
  if (mailboxes.length === 0) lines.push("No mailbox is connected yet.");
  return `${[...lines, ...mailboxes.map(describeMailbox)].join("\n")}\n`;
}

/** A mailbox at rest is proved to be in step by every look at all its folders: a lag up to here is none. */
const usualLagSeconds = defaultTempo.watchedPeekMs / 1000 + 60;

function describeMailbox(mailbox: Status["mailboxes"][number]): string {
  const { state, progress, lagSeconds: lag, backlog, intentsPending, throttledUntil } = mailbox;
  const parts = [
    `${mailbox.address}: ${state.replaceAll("_", " ")} since ${mailbox.stateSince}`,
    progress ? `${progress.done} of ${progress.total} imported` : null,
    `${mailbox.messages} messages`,
    progress === null && backlog > 0 ? `${backlog} still to import` : null,
    lag !== null && lag > usualLagSeconds
      ? `${mailbox.inStepAt === null ? "never in step" : `last in step ${mailbox.inStepAt}`} (${lag} s behind)`
      : null,
    intentsPending > 0 ? `${intentsPending} changes on their way to the server` : null,
    throttledUntil === null ? null : `its server asked for a pause until ${throttledUntil}`,
    mailbox.owner === null && state !== "paused" ? "looked after by nobody" : null,
    mailbox.finding,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

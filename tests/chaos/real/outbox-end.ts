/** Follows replies to their end: what is unclear is waited for, or decided by a person, who asks the recipient. */
import type { Pool } from "pg";
import { markIn } from "../mails.ts";
import type { Model } from "../model.ts";
import { patiently, type PatientCall } from "./patient.ts";
import type { Submission } from "./submission.ts";

export interface Outgoing {
  machines: { pool: Pool; submission: Submission };
  lines: { user: string };
  options: { slow: boolean };
  work: { model: Model };
  people: { call: PatientCall };
  workspaceId: string;
}

/**
 * Short runs do not wait for the two minutes after which Sent proves something: once the server holds no copy back any
 * more, they are over for the rows that wait, as they would be later. Slow runs wait.
 */
export async function followToTheEnd(outgoing: Outgoing): Promise<void> {
  const { machines, lines, options, workspaceId } = outgoing;
  if (!options.slow && machines.submission.heldBack(lines.user) === 0)
    await patiently(() =>
      machines.pool.query(
        `UPDATE outbox SET next_try_at = now() WHERE workspace_id = $1 AND next_try_at > now()
           AND (state = 'queued' OR state = 'sending' AND problem = 'send_unclear' OR state = 'sent' AND problem = 'filing_pending')`,
        [workspaceId],
      ),
    );
  await decideUnknown(outgoing);
}

async function decideUnknown({ machines, lines, work, people, workspaceId }: Outgoing): Promise<void> {
  const { rows } = await patiently(() =>
    machines.pool.query<{ id: string }>(
      `SELECT id FROM outbox WHERE workspace_id = $1 AND state = 'unknown'`,
      [workspaceId],
    ),
  );
  for (const { id } of rows) {
    const mark = work.model.replies.find((reply) => reply.id === id)?.mark;
    const left = machines.submission.left(lines.user).some(({ raw }) => markIn(raw) === mark);
    await people.call("POST", `/v1/outbox/${id}/resolve`, { as: left ? "sent" : "resend" });
  }
}

/** What people do in a run with the messages they see: flags, moves, replies, and what they hang on a conversation. */
import type { Pool } from "pg";
import { isHitchpostError } from "../../../src/core/errors.ts";
import { newId } from "../../../src/core/ids.ts";
import { saveReplyDraft } from "../../../src/inbox/drafts.ts";
import { changeFlags, moveMessage } from "../../../src/inbox/message-change.ts";
import { queueReply } from "../../../src/inbox/outbox/queue-reply.ts";
import { getMailbox } from "../../../src/store/mailboxes.ts";
import type { TenantDb } from "../../../src/store/tenant-db.ts";
import { markIn } from "../mails.ts";
import type { Random } from "../random.ts";
import type { Tally } from "../tally.ts";
import type { World } from "./world.ts";

/** A message as it is shown, and the conversation it stands in. */
export interface Shown {
  id: string;
  conversationId: string;
  mark: string;
}

export interface PeopleParts {
  world: Pick<World, "clock">;
  pool: Pool;
  tenant: TenantDb;
  mailboxId: string;
  random: Random;
  tally: Tally;
}

export class People {
  /** Messages of which somebody is in charge, in the order in which that was said. */
  readonly assigned: (Shown & { assignee: string })[] = [];
  /** What people have begun to write on a conversation. */
  readonly drafts: (Shown & { userId: string; html: string })[] = [];
  readonly replies: { id: string; mark: string }[] = [];
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** @returns what was done, for the story */
  async act(): Promise<string> {
    const { random } = this.#parts;
    const shown = await this.#shown();
    if (shown.length === 0) return "nobody sees anything yet";
    const one = random.pick(shown);
    const what = random.weighted({ seen: 2, flag: 3, move: 3, assign: 4, draft: 4, reply: 1 });
    try {
      await this.#do(what, one);
    } catch (error) {
      if (!isHitchpostError(error, "read_only") && !isHitchpostError(error, "message_gone")) throw error;
      return `${what} of ${one.mark} refused: ${error.code}`;
    }
    this.#parts.tally.add(`here: ${what}`);
    return `${what} of ${one.mark} here`;
  }

  async #do(what: "seen" | "flag" | "move" | "assign" | "draft" | "reply", one: Shown): Promise<void> {
    const { tenant, random } = this.#parts;
    if (what === "seen") await changeFlags(tenant, one.id, null, { seen: random.chance(0.7) });
    else if (what === "flag") await changeFlags(tenant, one.id, null, { flagged: random.chance(0.7) });
    else if (what === "move") await this.#move(one);
    else if (what === "reply") await this.#reply(one);
    else if (what === "draft") await this.#draft(one);
    else await this.#assign(one);
  }

  async #assign(one: Shown): Promise<void> {
    const { pool, tenant } = this.#parts;
    const assignee = newId();
    const { rowCount } = await pool.query(
      "UPDATE conversations SET assignee = $2, status = 'open' WHERE workspace_id = $1 AND id = $3 AND merged_into IS NULL",
      [tenant.workspaceId, assignee, one.conversationId],
    );
    if (rowCount === 1) this.assigned.push({ ...one, assignee });
  }

  /** Each by another person: one person has one draft a conversation, the newer one where two are joined. */
  async #draft(one: Shown): Promise<void> {
    const userId = newId();
    const html = `<p>${one.mark}: to be asked at the workshop.</p>`;
    const draft = { html, to: [], cc: [], bcc: [], uploads: [], all: false };
    await saveReplyDraft(this.#parts.tenant, one.conversationId, userId, draft);
    this.drafts.push({ ...one, userId, html });
  }

  async #move({ id }: Shown): Promise<void> {
    const { tenant, random } = this.#parts;
    const { transport } = await getMailbox(tenant, this.#parts.mailboxId);
    const folders = await tenant.db
      .selectFrom("folders")
      .select("id")
      .where("workspace_id", "=", tenant.workspaceId)
      .where("selected", "=", true)
      .where("removed_at", "is", null)
      .where("transport", "=", transport)
      .where((where) => where.or([where("role", "is", null), where("role", "<>", "sent")]))
      .orderBy("name")
      .execute();
    if (folders.length > 0) await moveMessage(tenant, id, null, random.pick(folders).id);
  }

  async #reply({ id, conversationId, mark: answered }: Shown): Promise<void> {
    const { tenant, world } = this.#parts;
    const mark = `${answered}r${this.replies.length + 1}`;
    const queued = await queueReply(
      tenant,
      {
        conversationId,
        messageId: id,
        text: `${mark} Thank you.`,
        quote: false,
        uploads: [],
        idempotencyKey: mark,
        requestHash: mark,
        userId: null,
      },
      { clock: world.clock, sendDelayMs: 2_000 },
    );
    this.replies.push({ id: queued.id, mark });
  }

  async #shown(): Promise<Shown[]> {
    const { pool, tenant } = this.#parts;
    const { rows } = await pool.query<{ id: string; conversationId: string; text: string }>(
      `SELECT m.id, m.conversation_id AS "conversationId", m.snippet AS text FROM messages m
       WHERE m.workspace_id = $1 AND m.direction = 'in' AND m.transit_since IS NULL AND m.gone_at IS NULL ORDER BY m.snippet, m.id`,
      [tenant.workspaceId],
    );
    return rows.flatMap(({ text, ...row }) => {
      const mark = markIn(text);
      return mark === null ? [] : [{ ...row, mark }];
    });
  }
}

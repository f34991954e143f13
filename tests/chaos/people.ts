/** What people do here: flags, moves, deletions, many at once, replies. Through the same functions as the API. */
import type { Pool } from "pg";
import { changeFlags, deleteMessage, moveMessage } from "../../src/inbox/message-change.ts";
import { queueReply } from "../../src/inbox/outbox/queue-reply.ts";
import { appendEvents } from "../../src/store/events.ts";
import { insertIntents } from "../../src/store/intents.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
import type { ChaosClock } from "./clock.ts";
import { markIn } from "./mails.ts";
import type { ChaosFlag, Model } from "./model.ts";
import type { Random } from "./random.ts";

export interface ShownMail {
  id: string;
  mark: string;
  conversationId: string;
  direction: "in" | "out";
}

export interface People {
  /** What stands in the mailbox, as people see it. */
  shown(): Promise<ShownMail[]>;
  flag(mail: ShownMail, flag: ChaosFlag, on: boolean): Promise<void>;
  flagMany(mails: readonly ShownMail[], flag: ChaosFlag, on: boolean): Promise<void>;
  /** @param folder its path; nothing happens when the product does not know it (any more) */
  move(mail: ShownMail, folder: string): Promise<void>;
  throwAway(mail: ShownMail): Promise<void>;
  /** Queues a reply, asked for twice now and then as browsers do. */
  reply(mail: ShownMail, mark: string): Promise<void>;
}

export interface PeopleParts {
  pool: Pool;
  workspaceId: string;
  mailboxId: string;
  model: Model;
  clock: ChaosClock;
  random: Random;
  trash: string;
}

export const createPeople = (parts: PeopleParts): People => new Team(parts);

class Team implements People {
  readonly #parts: PeopleParts;
  readonly #tenant: TenantDb;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
    this.#tenant = tenantDb(parts.pool, parts.workspaceId);
  }

  async shown(): Promise<ShownMail[]> {
    const { pool, workspaceId, model } = this.#parts;
    const { rows } = await pool.query<Omit<ShownMail, "mark"> & { text: string }>(
      `SELECT m.id, m.conversation_id AS "conversationId", m.direction, m.snippet AS text FROM messages m
       WHERE m.workspace_id = $1 AND m.transit_since IS NULL AND m.gone_at IS NULL ORDER BY m.snippet, m.id`,
      [workspaceId],
    );
    return rows.flatMap(({ text, ...row }) => {
      const mark = markIn(text);
      return mark === null || !model.mails.has(mark) ? [] : [{ ...row, mark }];
    });
  }

  async flag({ id, mark }: ShownMail, flag: ChaosFlag, on: boolean): Promise<void> {
    this.#parts.model.wantsFlag(mark, flag, on);
    await changeFlags(this.#tenant, id, null, flag === "\\Seen" ? { seen: on } : { flagged: on });
  }

  async flagMany(mails: readonly ShownMail[], flag: ChaosFlag, on: boolean): Promise<void> {
    const { model, mailboxId } = this.#parts;
    for (const { mark } of mails) model.wantsFlag(mark, flag, on);
    await this.#tenant.transaction(async (tx) => {
      await insertIntents(tx, {
        mailboxId,
        kind: "flags",
        messageIds: mails.map(({ id }) => id),
        params: on ? { add: [flag] } : { remove: [flag] },
        createdBy: null,
      });
      await tellOfChange(tx, mailboxId, mails);
    });
  }

  async move({ id, mark }: ShownMail, folder: string): Promise<void> {
    const known = await this.#tenant.db
      .selectFrom("folders")
      .select("id")
      .where("workspace_id", "=", this.#parts.workspaceId)
      .where("path", "=", folder)
      .where("removed_at", "is", null)
      .executeTakeFirst();
    if (known === undefined) return;
    this.#parts.model.wantsMove(mark, folder);
    await moveMessage(this.#tenant, id, null, known.id);
  }

  async throwAway({ id, mark }: ShownMail): Promise<void> {
    this.#parts.model.wantsMove(mark, this.#parts.trash);
    await deleteMessage(this.#tenant, id, null);
  }

  async reply({ id, mark: answers, conversationId }: ShownMail, mark: string): Promise<void> {
    const { clock, random, model } = this.#parts;
    const request = {
      conversationId,
      messageId: id,
      text: `${mark} Thank you. 谢谢`,
      quote: false,
      uploads: [],
      idempotencyKey: mark,
      requestHash: mark,
      userId: null,
    };
    const deps = { clock, sendDelayMs: random.int(0, 10) * 1_000 };
    const queued = await queueReply(this.#tenant, request, deps);
    const again = random.chance(0.2) ? await queueReply(this.#tenant, request, deps) : queued;
    if (again.id !== queued.id) throw new Error("one Idempotency-Key gave two replies");
    model.replied({ mark, id: queued.id, answers });
  }
}

/** So that the mailbox's owner hears of it, as after a request of the API. */
const tellOfChange = async (tx: TenantDb, mailboxId: string, mails: readonly ShownMail[]): Promise<unknown> =>
  appendEvents(
    tx,
    mails.map(({ id, conversationId }) => ({
      type: "message.updated" as const,
      mailboxId,
      conversationId,
      payload: { id },
    })),
  );

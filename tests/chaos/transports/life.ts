/** The steps of a run: what happens on the server, what people do here, which way the mail comes, and what fails. */
import type { Pool } from "pg";
import { takeTransport } from "../../../src/connect/change-transport.ts";
import { isHitchpostError } from "../../../src/core/errors.ts";
import { newId } from "../../../src/core/ids.ts";
import { changeFlags, moveMessage } from "../../../src/inbox/message-change.ts";
import { queueReply } from "../../../src/inbox/outbox/queue-reply.ts";
import { getMailbox } from "../../../src/store/mailboxes.ts";
import type { TenantDb } from "../../../src/store/tenant-db.ts";
import type { Transport } from "../../../src/store/transport.ts";
import { markIn } from "../mails.ts";
import type { ImapFaults } from "../imap-faults.ts";
import type { Processes } from "../processes.ts";
import type { Random } from "../random.ts";
import type { Tally } from "../tally.ts";
import type { ServerMailbox } from "./mailbox.ts";
import type { Lines } from "./wire.ts";
import type { World } from "./world.ts";

export interface LifeParts {
  world: World;
  pool: Pool;
  tenant: TenantDb;
  mailboxId: string;
  mailbox: ServerMailbox;
  imap: ImapFaults;
  lines: Lines;
  processes: Processes;
  random: Random;
  tally: Tally;
}

interface Shown {
  id: string;
  conversationId: string;
  mark: string;
}

export class Life {
  /** Messages of which somebody is in charge. */
  readonly assigned: Shown[] = [];
  readonly replies: { id: string; mark: string }[] = [];
  readonly #parts: LifeParts;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  /** @returns what was done, for the story */
  async step(): Promise<string> {
    const { random, mailbox, world } = this.#parts;
    const kind = random.weighted({ deliver: 5, twins: 2, change: 8, person: 4, transport: 4, fault: 4 });
    switch (kind) {
      case "deliver":
        return `delivered ${mailbox.deliver(random.pick(["Inbox", "Inbox", "Orders"]), world.store.now())}`;
      case "twins":
        return `delivered ${mailbox.deliverTwins()}`;
      case "change":
        return mailbox.change() ?? "nothing to change";
      case "person":
        return this.#person();
      case "transport":
        return this.takeTransport(random.weighted({ imap: 4, graph: 4, pop3: 2 }));
      case "fault":
        return this.#fault();
    }
  }

  async takeTransport(to: Transport): Promise<string> {
    const { tenant, mailboxId, tally } = this.#parts;
    const mailbox = await getMailbox(tenant, mailboxId);
    await takeTransport({ nudge: async () => undefined }, tenant, mailbox, to, "hand");
    if (mailbox.transport !== to) tally.add(`change ${mailbox.transport} to ${to}`);
    return `${mailbox.transport} to ${to}`;
  }

  /** Ends what still fails. */
  calm(): void {
    const { world, mailbox } = this.#parts;
    world.faults.clear(mailbox.mailboxId, null);
  }

  async #person(): Promise<string> {
    const { random } = this.#parts;
    const shown = await this.#shown();
    if (shown.length === 0) return "nobody sees anything yet";
    const one = random.pick(shown);
    const what = random.weighted({ seen: 2, flag: 3, move: 3, assign: 2, reply: 1 });
    try {
      await this.#do(what, one);
    } catch (error) {
      if (!isHitchpostError(error, "read_only") && !isHitchpostError(error, "message_gone")) throw error;
      return `${what} of ${one.mark} refused: ${error.code}`;
    }
    return `${what} of ${one.mark} here`;
  }

  async #do(what: "seen" | "flag" | "move" | "assign" | "reply", one: Shown): Promise<void> {
    const { tenant, random, pool } = this.#parts;
    if (what === "seen") await changeFlags(tenant, one.id, null, { seen: random.chance(0.7) });
    else if (what === "flag") await changeFlags(tenant, one.id, null, { flagged: random.chance(0.7) });
    else if (what === "move") await this.#move(one);
    else if (what === "reply") await this.#reply(one);
    else {
      await pool.query(
        "UPDATE conversations SET assignee = $2, status = 'open' WHERE workspace_id = $1 AND id = $3 AND merged_into IS NULL",
        [tenant.workspaceId, newId(), one.conversationId],
      );
      this.assigned.push(one);
    }
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

  async #fault(): Promise<string> {
    const { random, world, mailbox, imap, processes, lines, tally } = this.#parts;
    const kind = random.weighted({
      deltaExpired: 2,
      renumbered: 1,
      tokenExpired: 2,
      throttled: 2,
      tokenEndsInBatch: 1,
      unavailable: 1,
      replays: 1,
      cutAll: 2,
      kill: 1,
      handOver: 1,
    });
    const fault = (more: Partial<Parameters<World["faults"]["add"]>[1]>): void =>
      world.faults.add(mailbox.mailboxId, {
        kind: "throttled",
        until: null,
        times: random.int(1, 3),
        probability: 1,
        retryAfterSeconds: random.int(1, 60),
        ms: 0,
        after: 1,
        ...more,
      });
    if (kind === "kill") return processes.kill().then(() => "process killed");
    if (kind === "handOver") return processes.handOver().then(() => "process stopped");
    if (kind === "tokenExpired") lines.expireTokens();
    else tally.add(`server: ${kind}`);
    if (kind === "deltaExpired") world.store.items.raiseEpoch(mailbox.mailboxId);
    if (kind === "renumbered") world.store.renumber(mailbox.folderId("Inbox"));
    if (kind === "throttled" || kind === "unavailable") fault({ kind });
    if (kind === "tokenEndsInBatch" || kind === "replays") fault({ kind });
    if (kind === "cutAll" || kind === "renumbered") imap.cutAll();
    return kind;
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

/**
 * Where transactions that touch the same conversations meet: their rows, locked in descending order of id. The survivor
 * of a join has the smaller id, so that whoever finds a conversation joined in the meantime goes on downwards.
 */
import { sql } from "kysely";
import type { TenantDb } from "../store/tenant-db.ts";

interface LockedRow {
  id: string;
  merged_into: string | null;
}

/** @returns the id of the living conversation that this one leads to, locked; undefined when it was deleted */
export async function lockConversation(tx: TenantDb, id: string): Promise<string | undefined> {
  const locks = ConversationLocks.of(tx);
  await locks.lock([id]);
  return locks.root(id);
}

/** The conversations of a transaction that are locked, and where the joined ones went. */
export class ConversationLocks {
  static readonly #ofTransactions = new WeakMap<TenantDb, ConversationLocks>();
  readonly #tx: TenantDb;
  readonly #held = new Set<string>();
  readonly #mergedInto = new Map<string, string>();

  private constructor(tx: TenantDb) {
    this.#tx = tx;
  }

  /** The same for all of a transaction: what threading has locked need not be asked for once more when it is settled. */
  static of(tx: TenantDb): ConversationLocks {
    let locks = ConversationLocks.#ofTransactions.get(tx);
    if (locks === undefined) ConversationLocks.#ofTransactions.set(tx, (locks = new ConversationLocks(tx)));
    return locks;
  }

  /** Whether this transaction has joined conversations. */
  joined = false;

  /** Conversations that this transaction has made: nobody else sees them yet. */
  noteCreated(ids: Iterable<string>): void {
    for (const id of ids) this.#held.add(id);
  }

  /** Conversations that this transaction has joined: survivor → the others. */
  noteJoined(joins: ReadonlyMap<string, readonly string[]>): void {
    for (const [survivor, losers] of joins)
      for (const loser of losers) {
        this.joined = true;
        this.#held.delete(loser);
        this.#mergedInto.set(loser, survivor);
      }
  }

  /**
   * Locks the living conversations that these ids lead to, until the transaction ends. Deadlock-free when called once;
   * a second call in the transaction, or a join that slips in between, waits out of order: PostgreSQL then ends one of
   * the two if they wait for each other, and `writeMailbox` repeats it.
   */
  async lock(ids: Iterable<string>): Promise<void> {
    let wanted = await this.#rootsOf(ids);
    while (wanted.length > 0) {
      const rows = await this.#lockRows(wanted);
      const moved: string[] = [];
      for (const row of rows) {
        if (row.merged_into === null) this.#held.add(row.id);
        else {
          this.#mergedInto.set(row.id, row.merged_into);
          moved.push(row.merged_into);
        }
      }
      wanted = moved.length === 0 ? [] : await this.#rootsOf(moved);
    }
  }

  /** The living, locked conversation that the id leads to; undefined when it was deleted. */
  root(id: string): string | undefined {
    let at = id;
    for (let up = this.#mergedInto.get(at); up !== undefined; up = this.#mergedInto.get(at)) at = up;
    return this.#held.has(at) ? at : undefined;
  }

  async #lockRows(ids: string[]): Promise<LockedRow[]> {
    const { rows } = await sql<LockedRow>`
      SELECT id, merged_into FROM conversations
      WHERE workspace_id = ${this.#tx.workspaceId} AND id = ANY(${ids}::uuid[])
      ORDER BY id DESC FOR NO KEY UPDATE`.execute(this.#tx.db);
    return rows;
  }

  /** Follows joins without locking; ids that are held or known already are left out. */
  async #rootsOf(ids: Iterable<string>): Promise<string[]> {
    const roots = new Set<string>();
    const seen = new Set<string>();
    let pending = [...new Set(ids)];
    while (pending.length > 0) {
      const next = new Set<string>();
      const unknown: string[] = [];
      for (const id of pending) {
        if (seen.has(id) || this.#held.has(id)) continue;
        seen.add(id);
        const up = this.#mergedInto.get(id);
        if (up === undefined) unknown.push(id);
        else next.add(up);
      }
      if (unknown.length > 0) {
        const { rows } = await sql<LockedRow>`
          SELECT id, merged_into FROM conversations
          WHERE workspace_id = ${this.#tx.workspaceId} AND id = ANY(${unknown}::uuid[])`.execute(this.#tx.db);
        for (const row of rows) {
          if (row.merged_into === null) roots.add(row.id);
          else {
            this.#mergedInto.set(row.id, row.merged_into);
            next.add(row.merged_into);
          }
        }
      }
      pending = [...next];
    }
    return [...roots];
  }
}

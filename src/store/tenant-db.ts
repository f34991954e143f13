/**
 * The only way to tenant tables: a Kysely bound to one workspace, which refuses any statement that does not carry the
 * workspace's id among its parameters. It guards against the forgotten `where`, not against a wrong join: every join of
 * tenant tables is on `workspace_id` too.
 */
import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { Pool } from "pg";
import { numberingStatement, type NewEvent } from "./new-event.ts";
import type { TenantTables } from "./tables.ts";

/** A database handle or an open transaction of one workspace. */
export interface TenantDb {
  readonly workspaceId: string;
  /** Every statement must name `workspaceId` as a parameter; an unscoped one throws. */
  readonly db: Kysely<TenantTables>;
  /** Runs `work` in one transaction; inside one already, joins it. */
  transaction<T>(work: (tx: TenantDb) => Promise<T>): Promise<T>;
  /**
   * For `appendEvents`: gathers events that are numbered and written in one message with this transaction's COMMIT; then
   * the pool's event hints are told. Outside of a transaction at once.
   */
  append(events: readonly NewEvent[]): Promise<void>;
}

type EventsListener = (workspaceId: string) => void;

const eventsListeners = new WeakMap<Pool, EventsListener>();

/**
 * From now on `listener` is told after each commit on this pool that appended events (event-hints.ts): nobody who
 * writes has to remember it.
 */
export function onEventsCommitted(pool: Pool, listener: EventsListener): void {
  eventsListeners.set(pool, listener);
}

/** Marks a statement that is sent in one message with the COMMIT: nobody waits for us between the two. */
const withCommit = Symbol("with COMMIT");

class GuardedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  /** SQL text without parameters, sent with the COMMIT. */
  last: string | null = null;
  readonly #workspaceId: string;

  constructor(inner: DatabaseConnection, workspaceId: string) {
    this.inner = inner;
    this.#workspaceId = workspaceId;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (query.parameters[0] === withCommit) {
      this.last = query.sql;
      return { rows: [] };
    }
    this.#assertScoped(query);
    return this.inner.executeQuery<R>(query);
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    this.#assertScoped(query);
    yield* this.inner.streamQuery<R>(query, chunkSize);
  }

  #assertScoped(query: CompiledQuery): void {
    if (!query.parameters.includes(this.#workspaceId)) {
      throw new TypeError(`A statement without its workspace: ${query.sql.slice(0, 200)}`);
    }
  }
}

/** Hands out guarded connections; transaction control goes to the connection behind the guard. */
class GuardedDriver implements Driver {
  readonly #inner: Driver;
  readonly #workspaceId: string;

  constructor(inner: Driver, workspaceId: string) {
    this.#inner = inner;
    this.#workspaceId = workspaceId;
  }

  init = (): Promise<void> => this.#inner.init();
  destroy = async (): Promise<void> => undefined; // the pool outlives any one workspace's handle
  acquireConnection = async (): Promise<DatabaseConnection> =>
    new GuardedConnection(await this.#inner.acquireConnection(), this.#workspaceId);
  beginTransaction = (connection: DatabaseConnection, settings: TransactionSettings): Promise<void> =>
    this.#inner.beginTransaction(unguarded(connection), settings);
  commitTransaction = async (connection: DatabaseConnection): Promise<void> => {
    const last = connection instanceof GuardedConnection ? connection.last : null;
    if (last === null) return this.#inner.commitTransaction(unguarded(connection));
    // Without parameters pg sends the text as it is, and the server stops at the first statement that fails.
    await unguarded(connection).executeQuery(CompiledQuery.raw(`${last}; COMMIT`));
  };
  rollbackTransaction = (connection: DatabaseConnection): Promise<void> =>
    this.#inner.rollbackTransaction(unguarded(connection));
  releaseConnection = (connection: DatabaseConnection): Promise<void> =>
    this.#inner.releaseConnection(unguarded(connection));
}

const unguarded = (connection: DatabaseConnection): DatabaseConnection =>
  connection instanceof GuardedConnection ? connection.inner : connection;

const openHandle = (db: Kysely<TenantTables>, workspaceId: string, onEvents: EventsListener): TenantDb => {
  const transaction: TenantDb["transaction"] = async (work) => {
    const events: NewEvent[] = [];
    const result = await db.transaction().execute(async (tx) => {
      const answer = await work(openTransaction(tx, workspaceId, events));
      if (events.length > 0)
        await tx.executeQuery(CompiledQuery.raw(numberingStatement(workspaceId, events), [withCommit]));
      return answer;
    });
    if (events.length > 0) onEvents(workspaceId);
    return result;
  };
  return { workspaceId, db, transaction, append: (events) => transaction((tx) => tx.append(events)) };
};

const openTransaction = (db: Kysely<TenantTables>, workspaceId: string, events: NewEvent[]): TenantDb => {
  const append = async (more: readonly NewEvent[]): Promise<void> => void events.push(...more);
  const handle: TenantDb = { workspaceId, db, transaction: (work) => work(handle), append };
  return handle;
};

/** A handle on one workspace's rows over the shared pool. Cheap: make one a request or a mailbox. */
export function tenantDb(pool: Pool, workspaceId: string): TenantDb {
  const db = new Kysely<TenantTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new GuardedDriver(new PostgresDriver({ pool }), workspaceId),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return openHandle(db, workspaceId, (id) => eventsListeners.get(pool)?.(id));
}

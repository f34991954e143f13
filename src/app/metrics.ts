/** Metrics for Prometheus: no addresses, no ids of tenants as labels. */
import type { Pool } from "pg";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { countForsaken } from "../store/census.ts";
import { heartbeatDeadMs } from "../store/leases.ts";
import { isDatabaseOutage } from "../store/pool.ts";
import { lagSql } from "../sync/health.ts";

export interface Metrics {
  render(): Promise<{ contentType: string; body: string }>;
}

interface Look {
  name: string;
  help: string;
  label: string;
  /** Rows of `label` and `value`. */
  sql: string;
}

const living = `FROM mailboxes m WHERE m.removed_at IS NULL`;

/** Of the whole installation: every process on the database tells the same. */
const looks: readonly Look[] = [
  {
    name: "mailboxes",
    help: "Mailboxes by state",
    label: "state",
    sql: `SELECT state AS label, count(*)::int AS value ${living} GROUP BY 1`,
  },
  {
    name: "mailboxes_throttled",
    help: "Mailboxes whose server asked for a pause that still lasts, by state",
    label: "state",
    sql: `SELECT state AS label, count(*)::int AS value ${living} AND throttled_until > now() GROUP BY 1`,
  },
  {
    name: "mailbox_lag_seconds",
    help: "The longest time since the last proof of being in step, of mailboxes that should be, by state",
    label: "state",
    sql: `SELECT state AS label, max(${lagSql})::float8 AS value ${living} AND ${lagSql} IS NOT NULL GROUP BY 1`,
  },
  {
    name: "backlog_messages",
    help: "Messages of the chosen history that are still to come, by the mailbox's state",
    label: "state",
    sql: `SELECT m.state AS label, sum(greatest(0, coalesce(f.backfill_total, 0) - f.backfill_done))::int AS value
      FROM folders f JOIN mailboxes m ON m.workspace_id = f.workspace_id AND m.id = f.mailbox_id
      WHERE m.removed_at IS NULL AND f.selected AND f.removed_at IS NULL AND f.tail_done_at IS NULL GROUP BY 1`,
  },
  {
    name: "intents_pending",
    help: "Changes of ours that have not reached the server, by kind",
    label: "kind",
    sql: "SELECT kind AS label, count(*)::int AS value FROM intents WHERE state = 'pending' GROUP BY 1",
  },
  {
    name: "outbox",
    help: "Replies that have not come back from Sent, by state",
    label: "state",
    sql: "SELECT state AS label, count(*)::int AS value FROM outbox WHERE state <> 'done' GROUP BY 1",
  },
  {
    name: "processes",
    help: "Processes that sync and whose heart beats, by kind",
    label: "kind",
    sql: `SELECT kind AS label, count(*)::int AS value FROM processes
      WHERE heartbeat_at > clock_timestamp() - interval '${heartbeatDeadMs} milliseconds' GROUP BY 1`,
  },
];

export interface MetricsParts {
  pool: Pool;
  version: string;
  /** Mailboxes that run in this process. */
  running(): number;
}

export function createMetrics({ pool, version, running }: MetricsParts): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ version });
  collectDefaultMetrics({ register: registry, prefix: "hitchpost_" });
  for (const look of looks) lookGauge(pool, registry, look);
  plainGauge(registry, "mailboxes_unowned", "Mailboxes that nobody alive has looked after for too long", () =>
    orNone(pool, countForsaken),
  );
  plainGauge(registry, "process_mailboxes", "Mailboxes that this process syncs", async () => running());
  return {
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** Without a database there is nothing to count, but the process's own figures are wanted most just then. */
const orNone = <T>(pool: Pool, look: (pool: Pool) => Promise<T>): Promise<T | null> =>
  look(pool).catch((error: unknown) => {
    if (isDatabaseOutage(error)) return null;
    throw error;
  });

/** Counted when asked: at most once a scrape. */
function lookGauge(pool: Pool, registry: Registry, { name, help, label, sql }: Look): void {
  const gauge = new Gauge({
    name: `hitchpost_${name}`,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      gauge.reset();
      const answer = await orNone(pool, () => pool.query<{ label: string; value: number }>(sql));
      for (const row of answer?.rows ?? []) gauge.set({ [label]: row.label }, row.value);
    },
  });
}

function plainGauge(
  registry: Registry,
  name: string,
  help: string,
  value: () => Promise<number | null>,
): void {
  const gauge = new Gauge({
    name: `hitchpost_${name}`,
    help,
    registers: [registry],
    async collect() {
      const now = await value();
      if (now === null) gauge.remove();
      else gauge.set(now);
    },
  });
}

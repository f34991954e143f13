/** Metrics for Prometheus: no addresses, no ids of tenants as labels. */
import type { Pool } from "pg";
import { isDatabaseOutage } from "../store/pool.ts";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

export interface Metrics {
  render(): Promise<{ contentType: string; body: string }>;
}

const looks = {
  mailboxes:
    "SELECT state AS label, count(*)::int AS value FROM mailboxes WHERE removed_at IS NULL GROUP BY 1",
  outbox: "SELECT state AS label, count(*)::int AS value FROM outbox WHERE state <> 'done' GROUP BY 1",
} as const;

export function createMetrics(pool: Pool, version: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ version });
  collectDefaultMetrics({ register: registry, prefix: "hitchpost_" });
  stateGauge(pool, registry, "mailboxes", "Mailboxes by state");
  stateGauge(pool, registry, "outbox", "Replies that have not come back from Sent, by state");
  return {
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** Counted when asked: at most once a scrape. */
function stateGauge(pool: Pool, registry: Registry, name: keyof typeof looks, help: string): void {
  const gauge = new Gauge({
    name: `hitchpost_${name}`,
    help,
    labelNames: ["state"],
    registers: [registry],
    async collect() {
      gauge.reset();
      // Without a database there is nothing to count, but the process's own figures are wanted most just then.
      const { rows } = await pool
        .query<{ label: string; value: number }>(looks[name])
        .catch((error: unknown) => {
          if (isDatabaseOutage(error)) return { rows: [] };
          throw error;
        });
      for (const row of rows) gauge.set({ state: row.label }, row.value);
    },
  });
}

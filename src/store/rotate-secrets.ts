/** Encrypts every secret anew with the ring's current key, so that older keys can be thrown away. */
import type { Pool } from "pg";
import { openSecret, sealSecret, type KeyRing } from "./secrets.ts";

/** Every column that holds a secret, and the column that names its row. */
const secretColumns = [
  { table: "grants", row: "mailbox_id" },
  { table: "connect_attempts", row: "id" },
  { table: "microsoft_apps", row: "id" },
] as const;

interface SecretRow {
  workspace_id: string;
  row_id: string;
  key_id: string;
  secret: Buffer;
}

const batchSize = 200;

/**
 * Goes over all workspaces in small transactions; safe to run again. Returns how many secrets were encrypted anew; those
 * of a key that is not in the ring stay as they are (`countUnreadable`).
 *
 * @throws HitchpostError secret_unreadable when a secret's bytes are damaged; what was done so far stays done
 */
export async function rotateSecrets(pool: Pool, ring: KeyRing): Promise<number> {
  let count = 0;
  for (const column of secretColumns) {
    for (;;) {
      const done = await rotateBatch(pool, ring, column);
      if (done === 0) break;
      count += done;
    }
  }
  return count;
}

/** What outlives a restart: sign-ins, and the secrets of Microsoft apps. */
const keptSecrets = `(SELECT key_id FROM grants UNION ALL
  SELECT key_id FROM microsoft_apps WHERE secret IS NOT NULL) AS kept`;

/** How many stored secrets none of the ring's keys opens: those of a key file that is not here. */
export async function countUnreadable(pool: Pool, { current, others }: KeyRing): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${keptSecrets} WHERE key_id <> ALL ($1)`,
    [[current, ...others].map(({ id }) => id)],
  );
  return rows[0]?.count ?? 0;
}

/** True when the ring reads at least one stored secret, or there is none: else it is another installation's. */
export async function readsAny(pool: Pool, { current, others }: KeyRing): Promise<boolean> {
  const { rows } = await pool.query<{ any: boolean }>(
    `SELECT count(*) = 0 OR bool_or(key_id = ANY ($1)) AS any FROM ${keptSecrets}`,
    [[current, ...others].map(({ id }) => id)],
  );
  return rows[0]?.any ?? true;
}

async function rotateBatch(
  pool: Pool,
  ring: KeyRing,
  { table, row }: (typeof secretColumns)[number],
): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rows } = await client.query<SecretRow>(
      `SELECT workspace_id, ${row} AS row_id, key_id, secret FROM ${table}
       WHERE secret IS NOT NULL AND key_id = ANY ($1) ORDER BY workspace_id, ${row} LIMIT ${batchSize} FOR NO KEY UPDATE`,
      [ring.others.map(({ id }) => id)],
    );
    for (const found of rows) {
      const place = { workspaceId: found.workspace_id, column: `${table}.secret`, rowId: found.row_id };
      const text = openSecret(ring, place, { keyId: found.key_id, secret: found.secret });
      const sealed = sealSecret(ring, place, text);
      await client.query(
        `UPDATE ${table} SET key_id = $3, secret = $4 WHERE workspace_id = $1 AND ${row} = $2`,
        [found.workspace_id, found.row_id, sealed.keyId, sealed.secret],
      );
    }
    await client.query("COMMIT");
    return rows.length;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined); // the first error is the one to tell
    throw error;
  } finally {
    client.release();
  }
}

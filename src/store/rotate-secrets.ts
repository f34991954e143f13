/** Encrypts every secret anew with the ring's current key, so that older keys can be thrown away. */
import type { Pool } from "pg";
import { openSecret, sealSecret, type KeyRing } from "./secrets.ts";

/** Every column that holds a secret, and the column that names its row. */
const secretColumns = [
  { table: "grants", row: "mailbox_id" },
  { table: "connect_attempts", row: "id" },
] as const;

interface SecretRow {
  workspace_id: string;
  row_id: string;
  key_id: string;
  secret: Buffer;
}

const batchSize = 200;

/**
 * Goes over all workspaces in small transactions; safe beside a running server, and to run again. Returns how many
 * secrets were encrypted anew.
 *
 * @throws HitchpostError secret_unreadable when a secret's key is not in the ring; what was done so far stays done
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
       WHERE secret IS NOT NULL AND key_id <> $1 ORDER BY workspace_id, ${row} LIMIT ${batchSize} FOR NO KEY UPDATE`,
      [ring.current.id],
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

/** Where oidc-provider keeps its sessions, interactions, codes and grants: the table `model`. */

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Adapter, StoredPayload } from "oidc-provider";
import type { Clock } from "../contract.ts";

/** Makes the adapter factory that oidc-provider calls once for every kind of thing it stores. */
export function adapterFactory(db: DatabaseSync, clock: Clock): (kind: string) => Adapter {
  db.prepare("DELETE FROM model WHERE expires_at_ms < ?").run(clock.now());
  return (kind) => tableAdapter(db, clock, kind);
}

function tableAdapter(db: DatabaseSync, clock: Clock, kind: string): Adapter {
  const upsert = db.prepare(
    `INSERT OR REPLACE INTO model (kind, id, payload, expires_at_ms, uid, user_code, grant_id)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const byColumn = (column: "id" | "uid" | "user_code") => {
    const find = db.prepare(`SELECT payload FROM model WHERE kind = ? AND ${column} = ?`);
    return async (value: string) => payloadOf(find.get(kind, value));
  };
  return {
    async upsert(id, payload, expiresInSeconds) {
      // Kept a day past its end, so that "expired" can be told from "unknown".
      const expires =
        expiresInSeconds === undefined ? null : clock.now() + (expiresInSeconds + 86_400) * 1000;
      const { uid = null, userCode = null, grantId = null } = payload;
      upsert.run(kind, id, JSON.stringify(payload), expires, uid, userCode, grantId);
    },
    find: byColumn("id"),
    findByUid: byColumn("uid"),
    findByUserCode: byColumn("user_code"),
    async consume(id) {
      db.prepare(
        "UPDATE model SET payload = json_set(payload, '$.consumed', ?) WHERE kind = ? AND id = ?",
      ).run(Math.floor(clock.now() / 1000), kind, id);
    },
    async destroy(id) {
      db.prepare("DELETE FROM model WHERE kind = ? AND id = ?").run(kind, id);
    },
    async revokeByGrantId(grantId) {
      db.prepare("DELETE FROM model WHERE grant_id = ?").run(grantId);
    },
  };
}

function payloadOf(row: Record<string, SQLOutputValue> | undefined): StoredPayload | undefined {
  if (row === undefined) return undefined;
  // Written by `upsert` above and by nobody else.
  return JSON.parse(String(row["payload"])) as StoredPayload;
}

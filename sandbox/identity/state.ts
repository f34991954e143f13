/**
 * Identity's memory, in one SQLite file of the data directory: what oidc-provider keeps, what was
 * consented to, refresh tokens (as hashes), and who is signed in in which browser.
 */

import { createHash, randomBytes } from "node:crypto";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type RefreshGrant = {
  oid: string;
  clientId: string;
  /** The scopes asked for when it was first given out; names the default resource. */
  scope: string;
  /** Given out to a caller without a secret (device code), and so refreshed without one. */
  isPublic: boolean;
  expiresAtMs: number;
};

export type State = ReturnType<typeof openState>;

const schema = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS model (
    kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at_ms INTEGER,
    uid TEXT, user_code TEXT, grant_id TEXT, PRIMARY KEY (kind, id)) STRICT;
  CREATE INDEX IF NOT EXISTS model_uid ON model (kind, uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS model_user_code ON model (kind, user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS model_grant ON model (grant_id) WHERE grant_id IS NOT NULL;
  CREATE TABLE IF NOT EXISTS consent (
    oid TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (oid, client_id, scope)) STRICT;
  CREATE TABLE IF NOT EXISTS admin_consent (
    tid TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (tid, client_id, scope)) STRICT;
  CREATE TABLE IF NOT EXISTS account_grant (
    oid TEXT NOT NULL, client_id TEXT NOT NULL, grant_id TEXT NOT NULL, PRIMARY KEY (oid, client_id)) STRICT;
  CREATE TABLE IF NOT EXISTS refresh_token (
    hash TEXT PRIMARY KEY, oid TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL,
    is_public INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS browser_account (
    browser TEXT NOT NULL, oid TEXT NOT NULL, PRIMARY KEY (browser, oid)) STRICT;
  CREATE TABLE IF NOT EXISTS token_generation (oid TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
`;

/** Opens (and at the first start makes) the state of this data directory. */
export function openState(dataDir: string) {
  const file = join(dataDir, "identity.db");
  const db = new DatabaseSync(file);
  // Sessions and codes stand in it as they are; SQLite gives its -wal and -shm files the same mode.
  chmodSync(file, 0o600);
  db.exec(schema);
  return {
    db,
    ...consents(db),
    ...adminConsents(db),
    ...refreshTokens(db),
    ...browserAccounts(db),
    ...generations(db),
    ...orderedRefusals(),
    close: () => db.close(),
  };
}

function consents(db: DatabaseSync) {
  const add = db.prepare("INSERT OR IGNORE INTO consent (oid, client_id, scope) VALUES (?, ?, ?)");
  const list = db.prepare("SELECT scope FROM consent WHERE oid = ? AND client_id = ?");
  const addGrant = db.prepare(
    "INSERT OR REPLACE INTO account_grant (oid, client_id, grant_id) VALUES (?, ?, ?)",
  );
  const findGrant = db.prepare("SELECT grant_id FROM account_grant WHERE oid = ? AND client_id = ?");
  return {
    consent(oid: string, clientId: string, scopes: string[]): void {
      for (const scope of scopes) add.run(oid, clientId, scope);
    },
    consented(oid: string, clientId: string): Set<string> {
      return new Set(list.all(oid, clientId).map((row) => String(row["scope"])));
    },
    rememberGrant(oid: string, clientId: string, grantId: string): void {
      addGrant.run(oid, clientId, grantId);
    },
    grantId(oid: string, clientId: string): string | undefined {
      const row = findGrant.get(oid, clientId);
      return row === undefined ? undefined : String(row["grant_id"]);
    },
    /** Forgets what an account consented to, and with it all its refresh tokens. */
    forgetConsents(oid: string): void {
      db.prepare("DELETE FROM consent WHERE oid = ?").run(oid);
      db.prepare("DELETE FROM refresh_token WHERE oid = ?").run(oid);
    },
  };
}

function adminConsents(db: DatabaseSync) {
  const add = db.prepare("INSERT OR IGNORE INTO admin_consent (tid, client_id, scope) VALUES (?, ?, ?)");
  const list = db.prepare("SELECT scope FROM admin_consent WHERE tid = ? AND client_id = ?");
  return {
    /** For everybody of the tenant. */
    consentForAll(tid: string, clientId: string, scopes: string[]): void {
      for (const scope of scopes) add.run(tid, clientId, scope);
    },
    consentedForAll(tid: string, clientId: string): Set<string> {
      return new Set(list.all(tid, clientId).map((row) => String(row["scope"])));
    },
    takeBackForAll(tid: string): void {
      db.prepare("DELETE FROM admin_consent WHERE tid = ?").run(tid);
    },
  };
}

function refreshTokens(db: DatabaseSync) {
  const add = db.prepare(
    "INSERT INTO refresh_token (hash, oid, client_id, scope, is_public, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const find = db.prepare(
    "SELECT oid, client_id, scope, is_public, expires_at_ms FROM refresh_token WHERE hash = ?",
  );
  return {
    /** Gives out a new refresh token; older ones stay valid, as at Microsoft. */
    issueRefreshToken(grant: RefreshGrant): string {
      const token = `M.C5_SBX.0.${randomBytes(48).toString("base64url")}`;
      add.run(
        hashOf(token),
        grant.oid,
        grant.clientId,
        grant.scope,
        Number(grant.isPublic),
        grant.expiresAtMs,
      );
      return token;
    },
    findRefreshToken(token: string): RefreshGrant | undefined {
      const row = find.get(hashOf(token));
      if (row === undefined) return undefined;
      return {
        oid: String(row["oid"]),
        clientId: String(row["client_id"]),
        scope: String(row["scope"]),
        isPublic: row["is_public"] === 1,
        expiresAtMs: Number(row["expires_at_ms"]),
      };
    },
    /** Ends an account's refresh tokens but leaves its consents. */
    revokeRefreshTokens(oid: string): void {
      db.prepare("DELETE FROM refresh_token WHERE oid = ?").run(oid);
    },
  };
}

function browserAccounts(db: DatabaseSync) {
  const add = db.prepare("INSERT OR IGNORE INTO browser_account (browser, oid) VALUES (?, ?)");
  const list = db.prepare("SELECT oid FROM browser_account WHERE browser = ? ORDER BY rowid");
  return {
    signIn(browser: string, oid: string): void {
      add.run(hashOf(browser), oid);
    },
    signedIn(browser: string): string[] {
      return list.all(hashOf(browser)).map((row) => String(row["oid"]));
    },
    signOut(browser: string): void {
      db.prepare("DELETE FROM browser_account WHERE browser = ?").run(hashOf(browser));
    },
  };
}

function generations(db: DatabaseSync) {
  const find = db.prepare("SELECT generation FROM token_generation WHERE oid = ?");
  return {
    /** Access tokens carry the generation they were made in; raising it ends them all at once. */
    tokenGeneration(oid: string): number {
      return Number(find.get(oid)?.["generation"] ?? 0);
    },
    endAccessTokens(oid: string): void {
      db.prepare(
        `INSERT INTO token_generation (oid, generation) VALUES (?, 1)
         ON CONFLICT (oid) DO UPDATE SET generation = generation + 1`,
      ).run(oid);
    },
  };
}

/** Refusals that the admin interface orders for an account; of this process alone. */
function orderedRefusals() {
  const ordered = new Map<string, { refusal: string; left: number }>();
  return {
    /** The next `times` sign-ins or tokens of the account are refused at that step; 0 takes the order back. */
    orderRefusal(oid: string, step: string, refusal: string, times: number): void {
      ordered.set(`${oid} ${step}`, { refusal, left: times });
    },
    /** The refusal that is due at this step, counted as given. */
    takeRefusal(oid: string, step: string): string | undefined {
      const order = ordered.get(`${oid} ${step}`);
      if (order === undefined || order.left <= 0) return undefined;
      order.left -= 1;
      return order.refusal;
    },
  };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

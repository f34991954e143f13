/**
 * The tables without a tenant, as Kysely types: people and their sessions (better-auth keeps them), the processes that
 * run, and facts of the installation. Everything else is a tenant table (tables.ts).
 */
import type { ColumnType, Generated } from "kysely";

export interface UsersTable {
  id: string;
  name: string;
  email: string;
  email_verified: Generated<boolean>;
  image: string | null;
  language: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface UserSessionsTable {
  id: string;
  user_id: string;
  token: string;
  expires_at: ColumnType<Date, Date, Date>;
  ip_address: string | null;
  user_agent: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface UserAccountsTable {
  id: string;
  user_id: string;
  account_id: string;
  provider_id: string;
  access_token: string | null;
  refresh_token: string | null;
  id_token: string | null;
  access_token_expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  refresh_token_expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  scope: string | null;
  password: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface UserVerificationsTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: ColumnType<Date, Date, Date>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface RateLimitsTable {
  id: string;
  key: string;
  count: number;
  last_request: number;
}

export interface ProcessesTable {
  id: string;
  kind: string;
  hostname: string;
  pid: number;
  /** Mailboxes that it takes at most; null: any number; 0: it is leaving. */
  max_mailboxes: number | null;
  started_at: ColumnType<Date, Date | undefined, Date>;
  heartbeat_at: ColumnType<Date, Date | undefined, Date>;
}

export interface InstallationTable {
  key: string;
  value: ColumnType<unknown, string, string>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

/** Tables without a tenant, named here and nowhere else. */
export interface GlobalTables {
  users: UsersTable;
  user_sessions: UserSessionsTable;
  user_accounts: UserAccountsTable;
  user_verifications: UserVerificationsTable;
  rate_limits: RateLimitsTable;
  processes: ProcessesTable;
  installation: InstallationTable;
}

/** The tables of connecting: what the user gave us, and attempts to get it (tables.ts). */
import type { ColumnType, Generated } from "kysely";
import type { Transport } from "./transport.ts";

export interface GrantsTable {
  workspace_id: string;
  mailbox_id: string;
  kind: "oauth" | "password";
  key_id: string;
  secret: Buffer;
  access_expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  generation: Generated<number>;
  broken_code: string | null;
  broken_detail: ColumnType<unknown, string | null | undefined, string | null>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface ConnectAttemptsTable {
  workspace_id: string;
  id: string;
  mailbox_id: string | null;
  app_id: string | null;
  address: string;
  provider: string;
  method: string;
  flow: "browser" | "device";
  transport: ColumnType<Transport | null, Transport | null | undefined, Transport | null>;
  step: string;
  link_hash: Buffer;
  binding_hash: Buffer | null;
  state_hash: Buffer | null;
  key_id: string | null;
  secret: Buffer | null;
  device: ColumnType<unknown, string | undefined | null, string | null>;
  checks: ColumnType<unknown, string | undefined, string>;
  finding: ColumnType<unknown, string | undefined | null, string | null>;
  account: ColumnType<unknown, string | undefined | null, string | null>;
  requested_by: string | null;
  requested_by_name: Generated<string>;
  relation: Generated<string>;
  delegate: string | null;
  sign_in_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
  admin_state_hash: Buffer | null;
  admin_consented_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  expires_at: ColumnType<Date, Date, Date>;
  finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

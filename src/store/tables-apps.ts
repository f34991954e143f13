/** Tenant tables of Microsoft apps, and of what people have us contact (migrations/0011-apps.ts); named in tables.ts. */
import type { ColumnType, Generated } from "kysely";

export interface MicrosoftAppsTable {
  workspace_id: string;
  id: string;
  name: string;
  client_id: string;
  tenant: string;
  cloud: "default" | "usgov" | "china";
  /** null: a public client without a secret. */
  key_id: string | null;
  secret: Buffer | null;
  /** A day without a time: PostgreSQL's `date`, read as text. */
  secret_expires_on: ColumnType<string | null, string | null, string | null>;
  is_default: Generated<boolean>;
  created_by: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface AppChecksTable {
  workspace_id: string;
  /** An app's id, or `environment`. */
  app: string;
  checked_at: ColumnType<Date, Date, Date>;
  result: ColumnType<unknown, string, string>;
}

export interface AppLogTable {
  workspace_id: string;
  id: string;
  app: string;
  what: "created" | "changed" | "removed";
  /** Names of what was changed; never values. */
  fields: Generated<string[]>;
  by_name: Generated<string>;
  at: ColumnType<Date, Date | undefined, Date>;
}

export interface ContactCountsTable {
  workspace_id: string;
  /** A person's or key's id; `*`: all of the workspace together. */
  who: string;
  what: string;
  began_at: ColumnType<Date, Date, Date>;
  count: number;
}

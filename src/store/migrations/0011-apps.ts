/**
 * Microsoft apps that the operator enters on the page: settings with their secret sealed, what the last check found, who
 * changed what; and which app a mailbox was authorized with. `contact_counts`: how often a person had us contact others.
 */
export const name = "0011-apps";

export const statements = [
  `CREATE TABLE microsoft_apps (
     workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, id uuid NOT NULL,
     name text NOT NULL, client_id text NOT NULL, tenant text NOT NULL,
     cloud text NOT NULL CHECK (cloud IN ('default', 'usgov', 'china')),
     key_id text, secret bytea, secret_expires_on date, is_default boolean NOT NULL DEFAULT false,
     created_by text, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (workspace_id, id)
   )`,
  "CREATE UNIQUE INDEX microsoft_apps_default ON microsoft_apps (workspace_id) WHERE is_default",
  `CREATE TABLE app_checks (
     workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, app text NOT NULL,
     checked_at timestamptz NOT NULL, result jsonb NOT NULL,
     PRIMARY KEY (workspace_id, app)
   )`,
  `CREATE TABLE app_log (
     workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, id uuid NOT NULL, app uuid NOT NULL,
     what text NOT NULL, fields text[] NOT NULL DEFAULT '{}', by_name text NOT NULL DEFAULT '',
     at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (workspace_id, id)
   )`,
  `CREATE TABLE contact_counts (
     workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, who text NOT NULL, what text NOT NULL,
     began_at timestamptz NOT NULL, count integer NOT NULL,
     PRIMARY KEY (workspace_id, who, what)
   )`,
  "ALTER TABLE mailboxes ADD COLUMN app_id uuid, ADD COLUMN app_cloud text",
  "ALTER TABLE mailboxes ADD FOREIGN KEY (workspace_id, app_id) REFERENCES microsoft_apps",
  "ALTER TABLE connect_attempts ADD COLUMN app_id uuid",
];

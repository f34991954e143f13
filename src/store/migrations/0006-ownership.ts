/**
 * Several processes on one database: how many mailboxes a process takes at most, since when a mailbox has its owner (or
 * none), and what one process asks of the process that owns a mailbox.
 */
export const name = "0006-ownership";

export const statements = [
  "ALTER TABLE processes ADD COLUMN max_mailboxes integer",
  "ALTER TABLE mailboxes ADD COLUMN owner_since timestamptz",
  `CREATE TABLE mailbox_requests (
     workspace_id uuid NOT NULL, mailbox_id uuid NOT NULL, id uuid NOT NULL,
     what text NOT NULL CHECK (what IN ('reconnect', 'restart')), created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (workspace_id, mailbox_id, id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE
   )`,
];

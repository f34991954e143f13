/** Change notifications of Microsoft Graph: the subscription of a mailbox, and that its owner is told of one. */
export const name = "0009-graph-subscriptions";

export const statements = [
  `CREATE TABLE graph_subscriptions (
     workspace_id uuid NOT NULL, mailbox_id uuid NOT NULL, subscription_id text NOT NULL, expires_at timestamptz NOT NULL,
     PRIMARY KEY (workspace_id, mailbox_id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE
   )`,
  "ALTER TABLE mailbox_requests DROP CONSTRAINT mailbox_requests_what_check",
  `ALTER TABLE mailbox_requests ADD CONSTRAINT mailbox_requests_what_check
     CHECK (what IN ('reconnect', 'restart', 'changed', 'missed', 'removed', 'reauthorize'))`,
];

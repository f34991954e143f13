/** Each message that is stored or changed is asked whether it is the copy of a reply: not by reading all replies there ever were. */
export const name = "0003-outbox-copies";

export const statements = [
  `CREATE INDEX outbox_without_copy ON outbox (workspace_id, mailbox_id) WHERE sent_row IS NULL AND sending_at IS NOT NULL;
   CREATE INDEX outbox_sent_row ON outbox (workspace_id, sent_row) WHERE sent_row IS NOT NULL`,
];

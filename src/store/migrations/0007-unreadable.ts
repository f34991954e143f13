/** Messages that the server did not give out are asked for again: found without reading all that there are. */
export const name = "0007-unreadable";

export const statements = [
  `CREATE INDEX messages_unreadable ON messages (workspace_id, mailbox_id) WHERE 'unreadable' = ANY (parse_flags)`,
];

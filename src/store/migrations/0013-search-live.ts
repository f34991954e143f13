export const name = "0013-search-live";

export const statements = [
  `ALTER TABLE search_queue ADD COLUMN live boolean NOT NULL DEFAULT false`,
  `CREATE INDEX search_queue_live ON search_queue (workspace_id, message_id) WHERE live`,
];

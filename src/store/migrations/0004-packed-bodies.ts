/**
 * Bodies are stored as the parser packs them (protocol/mime/packed-body.ts; 0: as JSON), and what waits for the search index
 * stands in a table of its own: in `messages` it cost each message a second version of its row in every index.
 */
export const name = "0004-packed-bodies";

export const statements = [
  `ALTER TABLE message_bodies ADD COLUMN content bytea, ADD COLUMN has_html boolean NOT NULL DEFAULT false,
     ALTER COLUMN content SET STORAGE EXTERNAL, ALTER COLUMN content SET STATISTICS 0;
   UPDATE message_bodies SET has_html = html IS NOT NULL,
     content = '\\x00'::bytea || convert_to(json_build_object('text', text, 'html', html)::text, 'UTF8');
   ALTER TABLE message_bodies ALTER COLUMN content SET NOT NULL, DROP COLUMN text, DROP COLUMN html`,
  `CREATE TABLE search_queue (
     workspace_id uuid NOT NULL, message_id uuid NOT NULL, mailbox_id uuid NOT NULL, content text NOT NULL,
     PRIMARY KEY (workspace_id, message_id), FOREIGN KEY (workspace_id, message_id) REFERENCES messages ON DELETE CASCADE
   );
   ALTER TABLE search_queue ALTER COLUMN content SET STORAGE EXTERNAL, ALTER COLUMN content SET STATISTICS 0;
   INSERT INTO search_queue (workspace_id, message_id, mailbox_id, content)
     SELECT workspace_id, id, mailbox_id, search_pending FROM messages WHERE search_pending IS NOT NULL;
   DROP INDEX messages_search_pending;
   ALTER TABLE messages DROP COLUMN search_pending`,
];

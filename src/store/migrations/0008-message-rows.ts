/**
 * Without foreign keys between a message and its rows (docs/adr/0011): each of them cost a look-up and a lock for every row of
 * an import. `deleteMessages` (store/delete-messages.ts) deletes what they would have. A conversation's row is written twice in
 * the transaction that makes it, and again with each message: room in its page spares its indexes the second version.
 */
export const name = "0008-message-rows";

export const statements = [
  `ALTER TABLE messages DROP CONSTRAINT messages_workspace_id_mailbox_id_fkey;
   ALTER TABLE message_bodies DROP CONSTRAINT message_bodies_workspace_id_message_id_fkey;
   ALTER TABLE message_search DROP CONSTRAINT message_search_workspace_id_message_id_fkey;
   ALTER TABLE search_queue DROP CONSTRAINT search_queue_workspace_id_message_id_fkey;
   ALTER TABLE message_locations DROP CONSTRAINT message_locations_workspace_id_message_id_fkey,
     DROP CONSTRAINT message_locations_workspace_id_folder_id_fkey;
   ALTER TABLE conversation_mailboxes DROP CONSTRAINT conversation_mailboxes_workspace_id_conversation_id_fkey`,
  `ALTER TABLE conversations DROP CONSTRAINT conversations_workspace_id_fkey;
   ALTER TABLE thread_refs DROP CONSTRAINT thread_refs_workspace_id_fkey;
   ALTER TABLE events DROP CONSTRAINT events_workspace_id_fkey`,
  `ALTER TABLE conversations SET (fillfactor = 50)`,
];

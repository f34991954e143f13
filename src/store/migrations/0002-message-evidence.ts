/**
 * The Message-ID as its header has it, where the key that stands in `message_id` differs; and a digest of the content,
 * by which two mails with the same identity, date and sizes are told apart.
 */
export const name = "0002-message-evidence";

export const statements = [
  "ALTER TABLE messages ADD COLUMN written_message_id text, ADD COLUMN content_digest text",
];

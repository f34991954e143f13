/**
 * A mailbox may change the way its mail comes (IMAP, Graph, POP3): by which of them a folder's keys and cursors were made and a
 * message was read, what an attempt to connect asks for, and whether a mailbox may change by itself.
 */
export const name = "0010-transports";

export const statements = [
  "ALTER TABLE mailboxes ADD COLUMN automatic_transport boolean NOT NULL DEFAULT true",
  "ALTER TABLE folders ADD COLUMN transport text NOT NULL DEFAULT 'imap' CHECK (transport IN ('imap', 'graph', 'pop3'))",
  "ALTER TABLE messages ADD COLUMN read_over text NOT NULL DEFAULT 'imap' CHECK (read_over IN ('imap', 'graph', 'pop3'))",
  "ALTER TABLE connect_attempts ADD COLUMN transport text CHECK (transport IN ('imap', 'graph', 'pop3'))",
];

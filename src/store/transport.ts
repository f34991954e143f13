/** How the mail of a mailbox comes. */
export type Transport = "imap" | "graph" | "pop3";

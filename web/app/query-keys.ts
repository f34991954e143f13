/** The names under which answers of the server are kept. One list, so that events and screens agree. */
export interface ListScope {
  view: string;
  mailbox: string | undefined;
  q: string | undefined;
}

export const queryKeys = {
  session: ["session"] as const,
  mailboxes: ["mailboxes"] as const,
  mailbox: (id: string) => ["mailboxes", id] as const,
  /** Everything below one mailbox's page: findings, log, folders. */
  mailboxPart: (id: string, part: string) => ["mailboxes", id, part] as const,
  apps: ["apps"] as const,
  members: ["members"] as const,
  counts: ["counts"] as const,
  lists: ["conversations"] as const,
  list: (scope: ListScope) => ["conversations", scope] as const,
  conversation: (id: string) => ["conversation", id] as const,
  messages: (id: string) => ["messages", id] as const,
  display: (messageId: string) => ["display", messageId] as const,
  draft: (id: string) => ["draft", id] as const,
  replyTargets: (id: string) => ["reply-targets", id] as const,
  contact: (address: string) => ["contact", address] as const,
};

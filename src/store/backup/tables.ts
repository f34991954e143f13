/** Which tables a backup holds, in an order that foreign keys accept. A table that is named nowhere here does not compile. */
import type { GlobalTables } from "../tables-global.ts";
import type { TenantTables } from "../tables.ts";

type TableName = keyof GlobalTables | keyof TenantTables;

/** Kept: in the backup. Left out: what has no meaning on another day (sessions, locks, counters of tries). */
const plan = {
  users: "kept",
  user_accounts: "kept",
  user_sessions: "left out",
  user_verifications: "left out",
  rate_limits: "left out",
  processes: "left out",
  installation: "kept",
  workspaces: "kept",
  members: "kept",
  invitations: "kept",
  api_keys: "kept",
  events: "kept",
  microsoft_apps: "kept",
  app_log: "kept",
  app_checks: "left out",
  contact_counts: "left out",
  mailboxes: "kept",
  mailbox_requests: "left out",
  graph_subscriptions: "left out",
  grants: "kept",
  connect_attempts: "left out",
  findings: "kept",
  mailbox_log: "kept",
  folders: "kept",
  conversations: "kept",
  conversation_mailboxes: "kept",
  conversation_reads: "kept",
  thread_refs: "kept",
  messages: "kept",
  message_bodies: "kept",
  message_search: "kept",
  search_queue: "kept",
  message_locations: "kept",
  blobs: "kept",
  message_blobs: "kept",
  trusted_senders: "kept",
  drafts: "kept",
  uploads: "kept",
  outbox: "kept",
  intents: "kept",
} as const satisfies Record<TableName, "kept" | "left out">;

export const plannedTables = Object.keys(plan) as TableName[];
export const keptTables = plannedTables.filter((table) => plan[table] === "kept");

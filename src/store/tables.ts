/**
 * The tables of the schema (migrations/) as Kysely types. `bigint` columns are read as numbers (the pool parses int8;
 * UIDs, fences and event numbers stay below 2^53). JSON columns are written as text and read as `unknown`: parse them by a schema.
 */
import type { ColumnType, Generated } from "kysely";
import type { AppChecksTable, AppLogTable, ContactCountsTable, MicrosoftAppsTable } from "./tables-apps.ts";
import type { IntentsTable, OutboxTable } from "./tables-outgoing.ts";
import type { ConnectAttemptsTable, GrantsTable } from "./tables-connect.ts";
import type { Transport } from "./transport.ts";

export interface WorkspacesTable {
  workspace_id: string;
  name: string;
  event_seq: Generated<number>;
  settings: ColumnType<unknown, string | undefined, string>;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface MembersTable {
  workspace_id: string;
  user_id: string;
  role: "owner" | "admin" | "agent";
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface InvitationsTable {
  workspace_id: string;
  id: string;
  email: string;
  role: "owner" | "admin" | "agent";
  token_hash: Buffer;
  invited_by: string;
  expires_at: ColumnType<Date, Date, Date>;
  accepted_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface ApiKeysTable {
  workspace_id: string;
  id: string;
  name: string;
  role: "owner" | "admin" | "agent";
  key_hash: Buffer;
  prefix: string;
  created_by: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  last_used_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  revoked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

export interface EventsTable {
  workspace_id: string;
  seq: number;
  type: string;
  mailbox_id: string | null;
  conversation_id: string | null;
  payload: ColumnType<unknown, string, string>;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface MailboxesTable {
  workspace_id: string;
  id: string;
  address: string;
  display_name: Generated<string>;
  provider: string;
  method: "oauth" | "password";
  transport: Generated<string>;
  automatic_transport: Generated<boolean>;
  servers: ColumnType<unknown, string, string>;
  subject_tid: string | null;
  subject_oid: string | null;
  principal: string;
  state: string;
  state_since: ColumnType<Date, Date | undefined, Date>;
  state_detail: ColumnType<unknown, string | undefined, string>;
  history: Generated<string>;
  read_only: Generated<boolean>;
  keep_raw: Generated<boolean>;
  new_folders: Generated<boolean>;
  seen_policy: Generated<"opening" | "answering" | "never">;
  files_sent: boolean | null;
  signature_html: Generated<string>;
  owner: string | null;
  fence: Generated<number>;
  owner_since: ColumnType<Date | null, Date | null | undefined, Date | null>;
  folders_chosen_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  in_step_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  throttled_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
  app_id: string | null;
  app_cloud: string | null;
  relation: Generated<string>;
  address_proof: ColumnType<unknown, string | null | undefined, string | null>;
  usual_folders: Generated<boolean>;
  created_by: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

export interface FindingsTable {
  workspace_id: string;
  id: string;
  mailbox_id: string;
  code: string;
  severity: string;
  params: ColumnType<unknown, string | undefined, string>;
  evidence: ColumnType<unknown, string | undefined, string>;
  next_check_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  checks: Generated<number>;
  notified_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  opened_at: ColumnType<Date, Date | undefined, Date>;
  closed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

export interface MailboxRequestsTable {
  workspace_id: string;
  mailbox_id: string;
  id: string;
  what: "reconnect" | "restart" | "changed" | "missed" | "removed" | "reauthorize";
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface GraphSubscriptionsTable {
  workspace_id: string;
  mailbox_id: string;
  subscription_id: string;
  expires_at: Date;
}

export interface MailboxLogTable {
  workspace_id: string;
  mailbox_id: string;
  id: string;
  code: string;
  params: ColumnType<unknown, string | undefined, string>;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface FoldersTable {
  workspace_id: string;
  id: string;
  mailbox_id: string;
  path: string;
  name: string;
  delimiter: string | null;
  parent_path: string | null;
  role: string | null;
  kind: Generated<string>;
  selectable: Generated<boolean>;
  selected: Generated<boolean>;
  transport: Generated<Transport>;
  epoch: Generated<number>;
  epoch_key: string | null;
  head_cursor: ColumnType<unknown, string | undefined | null, string | null>;
  tail_cursor: ColumnType<unknown, string | undefined | null, string | null>;
  tail_done_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  boundary_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  boundary_uid: number | null;
  remote_messages: number | null;
  backfill_total: number | null;
  backfill_done: Generated<number>;
  peeked: string | null;
  checked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  proved_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  backoff_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
  failures: Generated<number>;
  problem: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

export interface ConversationsTable {
  workspace_id: string;
  id: string;
  subject: Generated<string>;
  status: "open" | "closed" | "snoozed";
  assignee: string | null;
  snoozed_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
  participants: ColumnType<unknown, string | undefined, string>;
  snippet: Generated<string>;
  message_count: Generated<number>;
  attachment_count: Generated<number>;
  last_message_at: ColumnType<Date, Date, Date>;
  last_direction: Generated<string>;
  unseen_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  gone: Generated<boolean>;
  merged_into: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface ConversationMailboxesTable {
  workspace_id: string;
  mailbox_id: string;
  conversation_id: string;
  last_message_at: ColumnType<Date, Date, Date>;
}

export interface ConversationReadsTable {
  workspace_id: string;
  conversation_id: string;
  user_id: string;
  read_at: ColumnType<Date, Date, Date>;
}

export interface ThreadRefsTable {
  workspace_id: string;
  ref: string;
  conversation_id: string;
}

export interface MessagesTable {
  workspace_id: string;
  id: string;
  mailbox_id: string;
  conversation_id: string;
  identity: Buffer;
  internal_date: ColumnType<Date | null, Date | null | undefined, Date | null>;
  structure_digest: string | null;
  content_digest: string | null;
  text_digest: Generated<string>;
  read_over: Generated<Transport>;
  message_id: string | null;
  written_message_id: string | null;
  original_message_id: string | null;
  in_reply_to: Generated<string[]>;
  refs: Generated<string[]>;
  subject: Generated<string>;
  subject_key: Generated<string>;
  reply_prefix: Generated<boolean>;
  from_name: Generated<string>;
  from_address: Generated<string>;
  recipients: ColumnType<unknown, string | undefined, string>;
  sent_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  received_at: ColumnType<Date, Date, Date>;
  arrived_at: ColumnType<Date, Date | undefined, Date>;
  direction: Generated<"in" | "out">;
  size_bytes: Generated<number>;
  snippet: Generated<string>;
  attachments: ColumnType<unknown, string | undefined, string>;
  automatic: Generated<boolean>;
  bounce: Generated<boolean>;
  seen: Generated<boolean>;
  flagged: Generated<boolean>;
  answered: Generated<boolean>;
  is_new: Generated<boolean>;
  parse_flags: Generated<string[]>;
  transit_since: ColumnType<Date | null, Date | null | undefined, Date | null>;
  gone_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

export interface MessageBodiesTable {
  workspace_id: string;
  message_id: string;
  /** protocol/mime/packed-body.ts */
  content: Uint8Array;
  has_html: Generated<boolean>;
}

/** Words that wait for the search index. */
export interface SearchQueueTable {
  workspace_id: string;
  message_id: string;
  mailbox_id: string;
  content: string;
  /** No import brought it: it waits for none. */
  live: Generated<boolean>;
}

export interface MessageSearchTable {
  workspace_id: string;
  message_id: string;
  words: string;
}

export interface MessageLocationsTable {
  workspace_id: string;
  mailbox_id: string;
  folder_id: string;
  epoch: number;
  remote_key: string;
  uid: number | null;
  message_id: string;
  flags: Generated<string[]>;
  direction: Generated<string>;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface BlobsTable {
  workspace_id: string;
  hash: string;
  size_bytes: number;
  ref_count: Generated<number>;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface MessageBlobsTable {
  workspace_id: string;
  message_id: string;
  part: string;
  hash: string;
  /** Where it begins in the file. */
  start: Generated<number>;
  /** Octets; null: the whole file. */
  size: number | null;
}

export interface TrustedSendersTable {
  workspace_id: string;
  address: string;
  user_id: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface DraftsTable {
  workspace_id: string;
  conversation_id: string;
  user_id: string;
  content: ColumnType<unknown, string, string>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

export interface UploadsTable {
  workspace_id: string;
  id: string;
  filename: string;
  content_type: string;
  size_bytes: number;
  hash: string;
  created_by: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

/** Tables whose every row carries `workspace_id`; reached through `tenantDb` only. */
export interface TenantTables {
  workspaces: WorkspacesTable;
  members: MembersTable;
  invitations: InvitationsTable;
  api_keys: ApiKeysTable;
  events: EventsTable;
  mailboxes: MailboxesTable;
  grants: GrantsTable;
  connect_attempts: ConnectAttemptsTable;
  findings: FindingsTable;
  mailbox_log: MailboxLogTable;
  mailbox_requests: MailboxRequestsTable;
  graph_subscriptions: GraphSubscriptionsTable;
  folders: FoldersTable;
  conversations: ConversationsTable;
  conversation_mailboxes: ConversationMailboxesTable;
  conversation_reads: ConversationReadsTable;
  thread_refs: ThreadRefsTable;
  messages: MessagesTable;
  message_bodies: MessageBodiesTable;
  message_search: MessageSearchTable;
  search_queue: SearchQueueTable;
  message_locations: MessageLocationsTable;
  blobs: BlobsTable;
  message_blobs: MessageBlobsTable;
  trusted_senders: TrustedSendersTable;
  drafts: DraftsTable;
  uploads: UploadsTable;
  outbox: OutboxTable;
  intents: IntentsTable;
  microsoft_apps: MicrosoftAppsTable;
  app_checks: AppChecksTable;
  app_log: AppLogTable;
  contact_counts: ContactCountsTable;
}

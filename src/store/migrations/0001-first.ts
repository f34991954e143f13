/**
 * The first schema. Tenant tables: every primary, unique and foreign key begins with `workspace_id`, so that the same
 * schema distributes over Citus; no triggers, no sequences, no foreign key to a global table. Global tables are the
 * ones under "Global" and nothing else.
 */
export const name = "0001-first";

const globalTables = `
CREATE TABLE users (
  id text PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, email_verified boolean NOT NULL DEFAULT false,
  image text, language text, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE user_sessions (
  id text PRIMARY KEY, user_id text NOT NULL REFERENCES users ON DELETE CASCADE, token text NOT NULL UNIQUE,
  expires_at timestamptz NOT NULL, ip_address text, user_agent text,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_sessions_user ON user_sessions (user_id);
CREATE TABLE user_accounts (
  id text PRIMARY KEY, user_id text NOT NULL REFERENCES users ON DELETE CASCADE, account_id text NOT NULL, provider_id text NOT NULL,
  access_token text, refresh_token text, id_token text, access_token_expires_at timestamptz, refresh_token_expires_at timestamptz,
  scope text, password text, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_accounts_user ON user_accounts (user_id);
CREATE TABLE user_verifications (
  id text PRIMARY KEY, identifier text NOT NULL, value text NOT NULL, expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_verifications_identifier ON user_verifications (identifier);
CREATE TABLE rate_limits (id text PRIMARY KEY, key text NOT NULL UNIQUE, count integer NOT NULL, last_request bigint NOT NULL);
CREATE TABLE processes (
  id uuid PRIMARY KEY, kind text NOT NULL, hostname text NOT NULL, pid integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(), heartbeat_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE installation (key text PRIMARY KEY, value jsonb NOT NULL, updated_at timestamptz NOT NULL DEFAULT now());
`;

const peopleTables = `
CREATE TABLE workspaces (
  workspace_id uuid PRIMARY KEY, name text NOT NULL, event_seq bigint NOT NULL DEFAULT 0, settings jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE members (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, user_id text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'agent')), created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_user ON members (user_id);
CREATE TABLE invitations (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, id uuid NOT NULL, email text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'agent')), token_hash bytea NOT NULL, invited_by text NOT NULL,
  expires_at timestamptz NOT NULL, accepted_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);
CREATE TABLE api_keys (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, id uuid NOT NULL, name text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'agent')), key_hash bytea NOT NULL, prefix text NOT NULL,
  created_by text, created_at timestamptz NOT NULL DEFAULT now(), last_used_at timestamptz, revoked_at timestamptz,
  PRIMARY KEY (workspace_id, id), UNIQUE (workspace_id, key_hash)
);
CREATE TABLE events (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, seq bigint NOT NULL, type text NOT NULL,
  mailbox_id uuid, conversation_id uuid, payload jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX events_created ON events (created_at);
`;

const mailboxTables = `
CREATE TABLE mailboxes (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, id uuid NOT NULL,
  address text NOT NULL, display_name text NOT NULL DEFAULT '', provider text NOT NULL, method text NOT NULL CHECK (method IN ('oauth', 'password')),
  transport text NOT NULL DEFAULT 'imap', servers jsonb NOT NULL,
  subject_tid text, subject_oid text, principal text NOT NULL,
  state text NOT NULL, state_since timestamptz NOT NULL DEFAULT now(), state_detail jsonb NOT NULL DEFAULT '{}',
  history text NOT NULL DEFAULT 'all', read_only boolean NOT NULL DEFAULT false, keep_raw boolean NOT NULL DEFAULT false,
  new_folders boolean NOT NULL DEFAULT true, seen_policy text NOT NULL DEFAULT 'opening' CHECK (seen_policy IN ('opening', 'answering', 'never')),
  files_sent boolean, signature_html text NOT NULL DEFAULT '',
  owner uuid, fence bigint NOT NULL DEFAULT 0, folders_chosen_at timestamptz, in_step_at timestamptz, throttled_until timestamptz,
  created_by text, created_at timestamptz NOT NULL DEFAULT now(), removed_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX mailboxes_address ON mailboxes (workspace_id, lower(address)) WHERE removed_at IS NULL;
CREATE INDEX mailboxes_owner ON mailboxes (owner) WHERE removed_at IS NULL;
CREATE TABLE grants (
  workspace_id uuid NOT NULL, mailbox_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('oauth', 'password')),
  key_id text NOT NULL, secret bytea NOT NULL, access_expires_at timestamptz, generation bigint NOT NULL DEFAULT 1,
  broken_code text, updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, mailbox_id),
  FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE
);
CREATE TABLE connect_attempts (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, id uuid NOT NULL, mailbox_id uuid,
  address text NOT NULL, provider text NOT NULL, method text NOT NULL, flow text NOT NULL CHECK (flow IN ('browser', 'device')),
  step text NOT NULL, link_hash bytea NOT NULL, binding_hash bytea, state_hash bytea, key_id text, secret bytea,
  device jsonb, checks jsonb NOT NULL DEFAULT '[]', finding jsonb, account jsonb, requested_by text, requested_by_name text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL, finished_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE TABLE findings (
  workspace_id uuid NOT NULL, id uuid NOT NULL, mailbox_id uuid NOT NULL, code text NOT NULL, severity text NOT NULL,
  params jsonb NOT NULL DEFAULT '{}', evidence jsonb NOT NULL DEFAULT '[]', next_check_at timestamptz,
  opened_at timestamptz NOT NULL DEFAULT now(), closed_at timestamptz,
  PRIMARY KEY (workspace_id, id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE
);
CREATE INDEX connect_attempts_id ON connect_attempts (id);
CREATE INDEX connect_attempts_state ON connect_attempts (state_hash) WHERE state_hash IS NOT NULL;
CREATE UNIQUE INDEX findings_open ON findings (workspace_id, mailbox_id, code) WHERE closed_at IS NULL;
CREATE INDEX findings_mailbox ON findings (workspace_id, mailbox_id, opened_at);
CREATE TABLE mailbox_log (
  workspace_id uuid NOT NULL, mailbox_id uuid NOT NULL, id uuid NOT NULL, code text NOT NULL, params jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, mailbox_id, id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE
);
CREATE TABLE folders (
  workspace_id uuid NOT NULL, id uuid NOT NULL, mailbox_id uuid NOT NULL, path text NOT NULL, name text NOT NULL,
  delimiter text, parent_path text, role text, kind text NOT NULL DEFAULT 'mail', selectable boolean NOT NULL DEFAULT true,
  selected boolean NOT NULL DEFAULT false, epoch integer NOT NULL DEFAULT 0, epoch_key text,
  head_cursor jsonb, tail_cursor jsonb, tail_done_at timestamptz, boundary_at timestamptz, boundary_uid bigint,
  remote_messages integer, backfill_total integer, backfill_done integer NOT NULL DEFAULT 0,
  peeked text, checked_at timestamptz, proved_at timestamptz, backoff_until timestamptz, failures integer NOT NULL DEFAULT 0, problem text,
  created_at timestamptz NOT NULL DEFAULT now(), removed_at timestamptz,
  PRIMARY KEY (workspace_id, id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE
);
CREATE UNIQUE INDEX folders_path ON folders (workspace_id, mailbox_id, path) WHERE removed_at IS NULL;
`;

const mailTables = `
CREATE TABLE conversations (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, id uuid NOT NULL, subject text NOT NULL DEFAULT '',
  status text NOT NULL CHECK (status IN ('open', 'closed', 'snoozed')), assignee text, snoozed_until timestamptz,
  participants jsonb NOT NULL DEFAULT '[]', snippet text NOT NULL DEFAULT '', message_count integer NOT NULL DEFAULT 0,
  attachment_count integer NOT NULL DEFAULT 0, last_message_at timestamptz NOT NULL, last_direction text NOT NULL DEFAULT 'in',
  unseen_at timestamptz, gone boolean NOT NULL DEFAULT false, merged_into uuid,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX conversations_recent ON conversations (workspace_id, last_message_at DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX conversations_status ON conversations (workspace_id, status, last_message_at DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX conversations_merged ON conversations (workspace_id, merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE conversation_mailboxes (
  workspace_id uuid NOT NULL, mailbox_id uuid NOT NULL, conversation_id uuid NOT NULL, last_message_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, conversation_id, mailbox_id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX conversation_mailboxes_recent ON conversation_mailboxes (workspace_id, mailbox_id, last_message_at DESC, conversation_id DESC);
CREATE TABLE conversation_reads (
  workspace_id uuid NOT NULL, conversation_id uuid NOT NULL, user_id text NOT NULL, read_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, conversation_id, user_id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE TABLE thread_refs (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, ref text NOT NULL, conversation_id uuid NOT NULL,
  PRIMARY KEY (workspace_id, ref)
);
CREATE INDEX thread_refs_conversation ON thread_refs (workspace_id, conversation_id);
CREATE TABLE messages (
  workspace_id uuid NOT NULL, id uuid NOT NULL, mailbox_id uuid NOT NULL, conversation_id uuid NOT NULL,
  identity bytea NOT NULL, internal_date timestamptz, structure_digest text, text_digest text NOT NULL DEFAULT '',
  message_id text, original_message_id text, in_reply_to text[] NOT NULL DEFAULT '{}', refs text[] NOT NULL DEFAULT '{}',
  subject text NOT NULL DEFAULT '', subject_key text NOT NULL DEFAULT '', reply_prefix boolean NOT NULL DEFAULT false,
  from_name text NOT NULL DEFAULT '', from_address text NOT NULL DEFAULT '',
  recipients jsonb NOT NULL DEFAULT '{}', sent_at timestamptz, received_at timestamptz NOT NULL, arrived_at timestamptz NOT NULL DEFAULT now(),
  direction text NOT NULL DEFAULT 'in' CHECK (direction IN ('in', 'out')), size_bytes bigint NOT NULL DEFAULT 0,
  snippet text NOT NULL DEFAULT '', attachments jsonb NOT NULL DEFAULT '[]', automatic boolean NOT NULL DEFAULT false, bounce boolean NOT NULL DEFAULT false,
  seen boolean NOT NULL DEFAULT false, flagged boolean NOT NULL DEFAULT false, answered boolean NOT NULL DEFAULT false,
  is_new boolean NOT NULL DEFAULT false, parse_flags text[] NOT NULL DEFAULT '{}', search_pending text,
  transit_since timestamptz, gone_at timestamptz,
  PRIMARY KEY (workspace_id, id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE
);
CREATE INDEX messages_identity ON messages (workspace_id, mailbox_id, identity);
CREATE INDEX messages_conversation ON messages (workspace_id, conversation_id, received_at);
CREATE INDEX messages_message_id ON messages (workspace_id, message_id);
CREATE INDEX messages_subject_key ON messages (workspace_id, mailbox_id, subject_key, received_at) WHERE subject_key <> '';
CREATE INDEX messages_search_pending ON messages (workspace_id, id) WHERE search_pending IS NOT NULL;
CREATE INDEX messages_transit ON messages (workspace_id, mailbox_id) WHERE transit_since IS NOT NULL AND gone_at IS NULL;
CREATE TABLE message_bodies (
  workspace_id uuid NOT NULL, message_id uuid NOT NULL, text text NOT NULL DEFAULT '', html text,
  PRIMARY KEY (workspace_id, message_id), FOREIGN KEY (workspace_id, message_id) REFERENCES messages ON DELETE CASCADE
);
CREATE TABLE message_search (
  workspace_id uuid NOT NULL, message_id uuid NOT NULL, words tsvector NOT NULL,
  PRIMARY KEY (workspace_id, message_id), FOREIGN KEY (workspace_id, message_id) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX message_search_words ON message_search USING gin (words);
CREATE TABLE message_locations (
  workspace_id uuid NOT NULL, mailbox_id uuid NOT NULL, folder_id uuid NOT NULL, epoch integer NOT NULL, remote_key text NOT NULL,
  uid bigint, message_id uuid NOT NULL, flags text[] NOT NULL DEFAULT '{}', direction text NOT NULL DEFAULT 'in',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, mailbox_id, folder_id, epoch, remote_key),
  FOREIGN KEY (workspace_id, message_id) REFERENCES messages ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, folder_id) REFERENCES folders ON DELETE CASCADE
);
CREATE INDEX message_locations_message ON message_locations (workspace_id, message_id);
CREATE INDEX message_locations_uid ON message_locations (workspace_id, folder_id, epoch, uid);
CREATE TABLE blobs (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, hash text NOT NULL, size_bytes bigint NOT NULL,
  ref_count integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (workspace_id, hash)
);
CREATE TABLE message_blobs (
  workspace_id uuid NOT NULL, message_id uuid NOT NULL, part text NOT NULL, hash text NOT NULL,
  PRIMARY KEY (workspace_id, message_id, part),
  FOREIGN KEY (workspace_id, message_id) REFERENCES messages ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, hash) REFERENCES blobs
);
CREATE INDEX message_blobs_hash ON message_blobs (workspace_id, hash);
CREATE TABLE trusted_senders (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, address text NOT NULL, user_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (workspace_id, address)
);
`;

const outgoingTables = `
CREATE TABLE drafts (
  workspace_id uuid NOT NULL, conversation_id uuid NOT NULL, user_id text NOT NULL, content jsonb NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, conversation_id, user_id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE TABLE uploads (
  workspace_id uuid NOT NULL, id uuid NOT NULL, filename text NOT NULL, content_type text NOT NULL, size_bytes bigint NOT NULL, hash text NOT NULL,
  created_by text, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, hash) REFERENCES blobs
);
CREATE INDEX uploads_hash ON uploads (workspace_id, hash);
CREATE TABLE outbox (
  workspace_id uuid NOT NULL, id uuid NOT NULL, mailbox_id uuid NOT NULL, conversation_id uuid NOT NULL,
  idempotency_key text, request_hash text, state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'done', 'unknown', 'failed', 'cancelled')),
  message_id text NOT NULL, subject text NOT NULL, recipients jsonb NOT NULL, from_name text NOT NULL DEFAULT '', text text NOT NULL, html text,
  in_reply_to text, refs text[] NOT NULL DEFAULT '{}', answers uuid, uploads uuid[] NOT NULL DEFAULT '{}', text_digest text NOT NULL DEFAULT '',
  fence bigint, attempts integer NOT NULL DEFAULT 0, next_try_at timestamptz NOT NULL DEFAULT now(), problem text, response text,
  sending_at timestamptz, sent_at timestamptz, sent_message_id text, sent_row uuid,
  created_by text, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE UNIQUE INDEX outbox_idempotency ON outbox (workspace_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX outbox_due ON outbox (workspace_id, mailbox_id, next_try_at) WHERE state IN ('queued', 'sending', 'sent', 'unknown');
CREATE INDEX outbox_conversation ON outbox (workspace_id, conversation_id);
CREATE TABLE intents (
  workspace_id uuid NOT NULL, id uuid NOT NULL, mailbox_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('flags', 'move', 'delete')),
  message_id uuid NOT NULL, params jsonb NOT NULL DEFAULT '{}', before jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL CHECK (state IN ('pending', 'applied', 'confirmed', 'undone')), attempts integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL DEFAULT now(), problem text, created_by text, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id), FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, message_id) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX intents_message ON intents (workspace_id, message_id);
CREATE INDEX intents_due ON intents (workspace_id, mailbox_id, next_try_at) WHERE state IN ('pending', 'applied');
`;

export const statements = [globalTables, peopleTables, mailboxTables, mailTables, outgoingTables];

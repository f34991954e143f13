/**
 * Connections that are more than one account with one address: an alias that was proved, a shared mailbox opened by a
 * delegate. What the identity provider said when a permission died. How often a finding was looked at again, and whether
 * somebody was written to about it.
 */
export const name = "0012-connections";

export const statements = [
  `ALTER TABLE mailboxes
     ADD COLUMN relation text NOT NULL DEFAULT 'own' CHECK (relation IN ('own', 'alias', 'shared')),
     ADD COLUMN address_proof jsonb,
     ADD COLUMN usual_folders boolean NOT NULL DEFAULT false`,
  "ALTER TABLE grants ADD COLUMN broken_detail jsonb",
  `ALTER TABLE findings
     ADD COLUMN checks integer NOT NULL DEFAULT 0,
     ADD COLUMN notified_at timestamptz`,
  `ALTER TABLE connect_attempts
     ADD COLUMN relation text NOT NULL DEFAULT 'own' CHECK (relation IN ('own', 'shared')),
     ADD COLUMN delegate text,
     ADD COLUMN sign_in_until timestamptz,
     ADD COLUMN admin_state_hash bytea,
     ADD COLUMN admin_consented_at timestamptz`,
  `CREATE INDEX connect_attempts_admin_state ON connect_attempts (admin_state_hash)
     WHERE admin_state_hash IS NOT NULL`,
];

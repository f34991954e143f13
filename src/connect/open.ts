/** Opens the servers of a mailbox with what signs in there. */
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import { HitchpostError } from "../core/errors.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { appServers } from "./apps.ts";
import type { ConnectParts, ServiceParts } from "./parts.ts";
import type { MailServer } from "./providers.ts";
import { credentialsOf, type AskCredentials } from "./tokens.ts";

/** The configured servers for an authorized mailbox (they may move), the stored ones for a password. */
export function serversOf(
  parts: ConnectParts,
  mailbox: Mailbox,
): { imap: MailServer | null; smtp: MailServer | null } {
  const app = mailbox.method === "oauth" ? appServers(parts.apps(), mailbox) : null;
  if (!app) return mailbox.servers;
  const isWork =
    mailbox.servers.smtp?.host === app.workSmtp.host && mailbox.servers.smtp.host !== app.smtp.host;
  return { imap: app.imap, smtp: isWork ? app.workSmtp : app.smtp };
}

/** @throws not_found when the mailbox has no reading server */
export function openMailboxSource(parts: ServiceParts, tenant: TenantDb, mailbox: Mailbox): MailSource {
  const { imap } = serversOf(parts, mailbox);
  if (!imap) throw new HitchpostError("not_found", `${mailbox.address} has no server to read from.`);
  return parts.openSource(imap, asking(parts, tenant, mailbox));
}

/** null when sending is not set up. */
export function openMailboxSender(
  parts: ServiceParts,
  tenant: TenantDb,
  mailbox: Mailbox,
): MailSender | null {
  const { smtp } = serversOf(parts, mailbox);
  return smtp ? parts.openSender(smtp, asking(parts, tenant, mailbox)) : null;
}

const asking =
  (parts: ServiceParts, tenant: TenantDb, mailbox: Mailbox): AskCredentials =>
  (refused) =>
    credentialsOf(parts, tenant, mailbox, refused);

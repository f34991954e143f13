/** Opens the servers of a mailbox, by the way that its mail comes, with what signs in there. */
import { HitchpostError } from "../core/errors.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Transport } from "../store/transport.ts";
import { appServers, type AppServers } from "./apps.ts";
import type { Retry } from "./doctor/observation.ts";
import type { ConnectParts, ReadPlace, SendPlace, ServiceParts } from "./parts.ts";
import type { MailServer } from "./providers.ts";
import { withSecondSender } from "./second-sender.ts";
import { credentialsOf, type AskCredentials } from "./tokens.ts";

/** The configured servers for an authorized mailbox (they may move), the stored ones for a password. */
export function serversOf(
  parts: ConnectParts,
  mailbox: Mailbox,
): { imap: MailServer | null; smtp: MailServer | null } {
  const app = appOf(parts, mailbox);
  if (!app) return mailbox.servers;
  const isWork =
    mailbox.servers.smtp?.host === app.workSmtp.host && mailbox.servers.smtp.host !== app.smtp.host;
  return { imap: app.imap, smtp: isWork ? app.workSmtp : app.smtp };
}

const appOf = (parts: ConnectParts, mailbox: Mailbox): AppServers | null =>
  mailbox.method === "oauth" ? appServers(parts.apps(), mailbox) : null;

/** Where an app's mail is read. */
export function readPlaceOf(app: AppServers, transport: Transport): ReadPlace {
  switch (transport) {
    case "imap":
      return { transport, ...app.imap };
    case "pop3":
      return { transport, ...app.pop };
    case "graph":
      return { transport, url: app.graphUrl };
  }
}

/** Where the mailbox is read; null when it is not set up for that. */
export function placeOf(
  parts: ConnectParts,
  mailbox: Mailbox,
  transport: Transport = mailbox.transport,
): ReadPlace | null {
  const app = appOf(parts, mailbox);
  if (app) {
    const place = readPlaceOf(app, transport);
    return "url" in place && mailbox.relation === "shared" ? { ...place, mailbox: mailbox.address } : place;
  }
  if (transport === "graph") return null;
  const server = transport === "pop3" ? mailbox.servers.pop : mailbox.servers.imap;
  return server ? { transport, ...server } : null;
}

/** Host and port of a place, for evidence. */
export const hostOf = (place: ReadPlace | null): string => {
  if (place === null) return "";
  return "url" in place ? new URL(place.url).host : place.host;
};

/** The host that the mailbox's mail comes from, for evidence. */
export const sourceHost = (parts: ConnectParts, mailbox: Mailbox, transport = mailbox.transport): string =>
  hostOf(placeOf(parts, mailbox, transport));

/** The host that takes its mail, for evidence; "" when sending is not set up. */
export const senderHost = (parts: ConnectParts, mailbox: Mailbox): string =>
  mailbox.transport === "graph" ? sourceHost(parts, mailbox) : (serversOf(parts, mailbox).smtp?.host ?? "");

/**
 * @param transport another way than the mailbox's own, to be tried
 * @param how what a second try does otherwise than the first
 * @throws not_found when the mailbox has no server for it
 */
export function openMailboxSource(
  parts: ServiceParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  transport: Transport = mailbox.transport,
  how: Retry | null = null,
): MailSource {
  const known = placeOf(parts, mailbox, transport);
  if (!known) throw new HitchpostError("not_found", `${mailbox.address} has no server to read from.`);
  const place = how === "ipv4" && !("url" in known) ? { ...known, ipv4Only: true } : known;
  const asked = asking(parts, tenant, mailbox, transport);
  const ask = how === "fresh_token" ? renewing(asked) : asked;
  // A shared mailbox is read under its own name with the delegate's token, and sent from under his (nextcloud/mail#13668).
  const shared = mailbox.relation === "shared";
  return parts.openSource(
    shared && "url" in place ? { ...place, mailbox: mailbox.address } : place,
    shared ? async (refused) => ({ ...(await ask(refused)), user: mailbox.address }) : ask,
    { workspaceId: tenant.workspaceId, mailboxId: mailbox.id },
  );
}

/**
 * Graph sends what Graph reads; SMTP sends the rest, and Graph where the mailbox's owner allowed it and SMTP is switched off.
 * @returns null when sending is not set up
 */
export function openMailboxSender(
  parts: ServiceParts,
  tenant: TenantDb,
  mailbox: Mailbox,
  transport: Transport = mailbox.transport,
): MailSender | null {
  if (transport === "graph") return openGraphSender(parts, tenant, mailbox);
  const { smtp } = serversOf(parts, mailbox);
  if (!smtp) return null;
  const sender = parts.openSender(smtp, asking(parts, tenant, mailbox, transport));
  return appOf(parts, mailbox)
    ? withSecondSender(sender, () => openGraphSender(parts, tenant, mailbox))
    : sender;
}

function openGraphSender(parts: ServiceParts, tenant: TenantDb, mailbox: Mailbox): MailSender | null {
  const app = appOf(parts, mailbox);
  if (!app) return null;
  const place = graphSendPlace(app, mailbox.address);
  const shared = mailbox.relation === "shared" ? { mailbox: mailbox.address } : {};
  const of = { workspaceId: tenant.workspaceId, mailboxId: mailbox.id };
  return parts.openSender({ ...place, ...shared }, asking(parts, tenant, mailbox, "graph"), of);
}

export const graphSendPlace = (app: AppServers, address: string): SendPlace => ({
  transport: "graph",
  url: app.graphUrl,
  address,
});

/** With another token than the one that is kept, which looks young. */
const renewing =
  (ask: AskCredentials): AskCredentials =>
  async (refused) => {
    const kept = await ask(refused);
    return refused === undefined && "accessToken" in kept ? ask(kept.accessToken) : kept;
  };

const asking =
  (parts: ServiceParts, tenant: TenantDb, mailbox: Mailbox, channel: Transport): AskCredentials =>
  (refused) =>
    credentialsOf(parts, tenant, mailbox, { channel, refused });

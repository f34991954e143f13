/** App password and plain IMAP login: tried before anything is stored. */
import { HitchpostError } from "../core/errors.ts";
import type { RemoteFolder } from "../protocol/mail-source.ts";
import { appendEvents } from "../store/events.ts";
import { closeFindings } from "../store/findings.ts";
import { storeFirstListing } from "../store/first-listing.ts";
import { chooseFolders } from "../store/folders.ts";
import { storeGrant } from "../store/grants.ts";
import { appendMailboxLog } from "../store/mailbox-log.ts";
import { requestOfOwner } from "../store/mailbox-requests.ts";
import {
  createMailbox,
  getMailbox,
  reviveMailbox,
  setMailboxState,
  updateMailbox,
  type History,
  type Mailbox,
} from "../store/mailboxes.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { hurryReplies } from "../store/waiting-replies.ts";
import type { ConnectParts } from "./parts.ts";
import { lookWay } from "./probe-ways.ts";
import type { MailServer } from "./providers.ts";
import { findingKind } from "./findings/catalogue.ts";
import type { Finding } from "./findings/types.ts";
import { fill } from "./findings/words.ts";
import { verifyConnection } from "./verify.ts";

export interface PasswordInput {
  address: string;
  displayName: string;
  provider: string;
  imap: MailServer;
  smtp: MailServer | null;
  username: string;
  password: string;
  /** Paths to choose at once; empty: Inbox and Sent; undefined: the wizard asks. */
  folders: string[] | undefined;
  history: History | undefined;
  readOnly: boolean | undefined;
  keepRaw: boolean | undefined;
  mailboxId: string | undefined;
  requestedBy: string | null;
}

const loopbackNames = new Set(["localhost", "127.0.0.1", "::1", "[::1]"]);

/** A password is never sent in the clear, except to loopback where the operator allows private hosts. @throws tls_required */
export function assertEncrypted(
  server: MailServer,
  field: "imap" | "smtp",
  allowPrivateHosts: boolean,
): void {
  if (server.security !== "none") return;
  if (allowPrivateHosts && loopbackNames.has(server.host.toLowerCase())) return;
  throw new HitchpostError("tls_required", `The password would go unencrypted to ${server.host}.`, {
    details: { field: `${field}.security` },
  });
}

/**
 * Signs in once, lists the folders, tries sending; then stores the mailbox.
 * @throws the catalogue error of what failed, with the finding's words
 */
export async function connectByPassword(
  parts: ConnectParts,
  tenant: TenantDb,
  input: PasswordInput,
): Promise<Mailbox> {
  assertEncrypted(input.imap, "imap", parts.allowPrivateHosts);
  if (input.smtp) assertEncrypted(input.smtp, "smtp", parts.allowPrivateHosts);
  const folders = await assertWorks(parts, input);
  const id = await tenant.transaction((tx) => storeMailbox(parts, tx, input, folders));
  await parts.nudge(tenant.workspaceId, id);
  return getMailbox(tenant, id);
}

/** @returns the folders that were listed */
async function assertWorks(parts: ConnectParts, input: PasswordInput): Promise<RemoteFolder[]> {
  const { imap, smtp } = input;
  const credentials = async () => ({ user: input.username, pass: input.password });
  const { finding, error, folders } = await verifyConnection({
    clock: parts.clock,
    address: input.address,
    method: "password",
    imapHost: imap.host,
    smtpHost: smtp?.host ?? "",
    ...lookWay(parts, imap),
    onCheck: () => undefined,
    openSource: () => parts.openSource(imap, credentials),
    openSender: smtp ? () => parts.openSender(smtp, credentials) : null,
  });
  if (!finding) return folders;
  throw refusalOf(finding, error);
}

/** What a server answered in words of its own, which say more than our cause does. */
const inItsWords: ReadonlySet<string> = new Set([
  "auth_failed",
  "basic_auth_blocked",
  "not_connected",
  "throttled",
  "protocol_error",
  "connection_lost",
]);

/** The finding as a problem: nothing is stored where it could be looked up later. */
function refusalOf(finding: Finding, error: unknown): HitchpostError {
  const kind = findingKind(finding.code);
  const known = error instanceof HitchpostError ? error : null;
  const [, said] = finding.evidence;
  const words =
    said !== undefined && inItsWords.has(known?.code ?? "") ? ` The server said: “${said.line}”` : "";
  const cause = fill(kind.cause, "en", finding.params);
  const which = finding.params["step"] === "sending" ? "smtp" : "imap";
  // A server that hides STARTTLS has no wrong certificate: another hint helps, at another field.
  const unencrypted = finding.code === "encryption_missing";
  return new HitchpostError(
    unencrypted ? "tls_required" : (known?.code ?? "protocol_error"),
    `${fill(kind.title, "en", finding.params)}. ${cause}${words}`,
    {
      cause: error,
      details: {
        ...(unencrypted ? { field: `${which}.security` } : {}),
        ...(which === "smtp" && !unencrypted ? { field: "smtp.host" } : {}),
        ...(known?.details.retryAfterMs === undefined ? {} : { retryAfterMs: known.details.retryAfterMs }),
        finding: finding.code,
      },
    },
  );
}

/** Inbox and Sent; the Inbox alone where no Sent is told apart. */
const usualFolders = (folders: RemoteFolder[]): string[] =>
  folders.filter((folder) => folder.role === "inbox" || folder.role === "sent").map((folder) => folder.path);

async function storeMailbox(
  parts: ConnectParts,
  tx: TenantDb,
  input: PasswordInput,
  folders: RemoteFolder[],
): Promise<string> {
  const facts = {
    provider: input.provider,
    method: "password" as const,
    servers: { imap: input.imap, smtp: input.smtp },
    app: null,
    principal: input.username,
  };
  const known = input.mailboxId === undefined ? null : await getMailbox(tx, input.mailboxId);
  if (known && known.address.toLowerCase() !== input.address.toLowerCase()) {
    throw new HitchpostError("account_mismatch", `This mailbox is ${known.address}, not ${input.address}.`, {
      details: { field: "address" },
    });
  }
  const before = known?.id ?? (await reviveMailbox(tx, input));
  const id =
    before ??
    (await createMailbox(tx, {
      ...facts,
      address: input.address,
      displayName: input.displayName,
      state: "connecting",
      createdBy: input.requestedBy,
    }));
  await updateMailbox(tx, id, {
    ...(before === null ? {} : facts),
    ...(known !== null && known.servers.smtp?.host !== input.smtp?.host ? { filesSent: null } : {}),
    ...(known === null && input.displayName !== "" ? { displayName: input.displayName } : {}),
    ...(input.history === undefined ? {} : { history: input.history }),
    ...(input.readOnly === undefined ? {} : { readOnly: input.readOnly }),
    ...(input.keepRaw === undefined ? {} : { keepRaw: input.keepRaw }),
  });
  await storeGrant(tx, parts.ring, { mailboxId: id, secret: { kind: "password", password: input.password } });
  if (before !== null) await requestOfOwner(tx, id, "restart");
  await hurryReplies(tx, id);
  const closed = await closeFindings(tx, id);
  const changed = await setMailboxState(tx, id, "connecting");
  await storeFirstListing(tx, id, folders);
  if (input.folders !== undefined)
    await chooseFolders(tx, id, input.folders.length > 0 ? input.folders : usualFolders(folders));
  await appendMailboxLog(tx, id, before === null ? "connected" : "reconnected", { account: input.username });
  await appendEvents(tx, [...closed, ...changed]);
  return id;
}

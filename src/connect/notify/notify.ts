/**
 * Writes to the people of a mailbox when it needs somebody: who connected it, and the workspace's owners, once a finding,
 * through another mailbox that works; never through the one that does not. Without such a mailbox the page alone says so.
 */
import { z } from "zod";
import { newId } from "../../core/ids.ts";
import { composeMessage } from "../../protocol/mime/compose.ts";
import { appendMailboxLog } from "../../store/mailbox-log.ts";
import { findMailbox, listMailboxes, type Mailbox } from "../../store/mailboxes.ts";
import { claimNotices, hasNotices, type Notice } from "../../store/notices.ts";
import { listMembers, workspaceName, type Member } from "../../store/people.ts";
import { readWorkspaceSettings } from "../../store/workspace-settings.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { timeMended } from "../findings/recheck.ts";
import { openMailboxSender } from "../open.ts";
import type { ServiceParts } from "../parts.ts";
import { needsWords, readyWords } from "./words.ts";

/** What mends itself within these minutes is nobody's business. */
const patienceMs = 5 * 60_000;
const sendMs = 30_000;

/** @returns how many mails were sent. Never rejects for a mail that could not be sent: it is logged. */
export async function sendNotices(parts: ServiceParts, tenant: TenantDb): Promise<number> {
  if (!(await hasNotices(tenant)) || !(await readWorkspaceSettings(tenant)).mailTrouble) return 0;
  const healthy = (await listMailboxes(tenant)).filter(canSend);
  if (healthy.length === 0) return 0;
  const openedBefore = new Date(parts.clock.now() - patienceMs);
  let sent = 0;
  for (const notice of await claimNotices(tenant, { openedBefore, byTime: timeMended }))
    sent += await sendNotice(parts, tenant, { notice, healthy });
  return sent;
}

const canSend = ({ state, readOnly, servers, transport }: Mailbox): boolean =>
  state === "live" && !readOnly && (servers.smtp !== null || transport === "graph");

async function sendNotice(
  parts: ServiceParts,
  tenant: TenantDb,
  { notice, healthy }: { notice: Notice; healthy: readonly Mailbox[] },
): Promise<number> {
  const mailbox = await findMailbox(tenant, notice.mailboxId);
  const from = healthy.find(({ id }) => id !== notice.mailboxId);
  if (mailbox === null || from === undefined) return 0;
  const people = recipientsOf(mailbox, await listMembers(parts.pool, tenant));
  const workspace = await workspaceName(tenant);
  const told: string[] = [];
  for (const person of people) {
    const mail = { parts, tenant, notice, mailbox, from, workspace, person };
    const done = await sendOne(mail).then(
      () => true,
      (error: unknown) => {
        parts.log.warn(
          { err: error, mailboxId: mailbox.id },
          "a notice could not be sent; the page says it too",
        );
        return false;
      },
    );
    if (done) told.push(person.email);
  }
  if (told.length > 0)
    await tenant.transaction((tx) =>
      appendMailboxLog(tx, mailbox.id, "notified", { recipients: told.join(", "), code: notice.code }),
    );
  return told.length;
}

/** Who connected it, and the owners, each once; not by the mailbox that is broken. */
export const recipientsOf = (
  { address, createdBy }: Pick<Mailbox, "address" | "createdBy">,
  members: readonly Member[],
): Member[] =>
  members.filter(
    ({ userId, role, email }) =>
      (role === "owner" || userId === createdBy) && email.toLowerCase() !== address.toLowerCase(),
  );

interface OneMail {
  parts: ServiceParts;
  tenant: TenantDb;
  notice: Notice;
  mailbox: Mailbox;
  from: Mailbox;
  workspace: string;
  person: Member;
}

async function sendOne({ parts, tenant, notice, mailbox, from, workspace, person }: OneMail): Promise<void> {
  const sender = openMailboxSender(parts, tenant, from);
  if (sender === null) return;
  const params = z.record(z.string(), z.string()).catch({}).parse(notice.params);
  const url = `${parts.publicUrl}/mailboxes/${mailbox.id}`;
  const facts = { address: mailbox.address, workspace, code: notice.code, params, url };
  const language = person.language ?? "en";
  const words = notice.about === "ready" ? readyWords(facts, language) : needsWords(facts, language);
  const raw = await composeMessage({
    from: { name: "Hitchpost", address: from.address },
    to: [{ name: person.name, address: person.email }],
    cc: [],
    bcc: [],
    ...words,
    html: null,
    inReplyTo: null,
    references: [],
    messageId: `<notice.${newId(parts.clock.now())}@${from.address.slice(from.address.lastIndexOf("@") + 1)}>`,
    dateMs: parts.clock.now(),
    attachments: [],
  });
  try {
    const envelope = { from: from.address, to: [person.email] };
    await sender.send(automatic(raw), envelope, () => undefined, AbortSignal.timeout(sendMs));
  } finally {
    await sender.close().catch(() => undefined); // it was sent, or the failure is under way
  }
}

/** No machine is to answer it (RFC 3834 5; Exchange's own header beside). */
const automatic = (raw: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from("Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"), raw]);

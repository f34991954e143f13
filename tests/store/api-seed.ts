/** One thing of every kind in a workspace, for tests of who may reach it. */
import { randomBytes } from "node:crypto";
import { newId } from "../../src/core/ids.ts";
import { createApp } from "../../src/store/apps.ts";
import { createAttempt } from "../../src/store/attempts.ts";
import { openFinding } from "../../src/store/findings.ts";
import { createInvitation } from "../../src/store/invitations.ts";
import { createApiKey } from "../../src/store/api-keys.ts";
import { saveReplyDraft } from "../../src/inbox/drafts.ts";
import { appendMailboxLog } from "../../src/store/mailbox-log.ts";
import { createMailbox } from "../../src/store/mailboxes.ts";
import { createUpload } from "../../src/store/uploads.ts";
import { hashToken } from "../../src/store/tokens.ts";
import { storeGrant } from "../../src/store/grants.ts";
import type { ApiRig, Team } from "../support/api.ts";
import { storeMessages, testMessage } from "./inbox-fixtures.ts";

export interface Seed {
  mailbox: string;
  folder: string;
  archive: string;
  conversation: string;
  message: string;
  outbox: string;
  invitation: string;
  apiKey: string;
  attempt: string;
  app: string;
  upload: string;
  member: string;
}

/** @param word stands in every text of it, so that it can be looked for in answers */
export async function seed(rig: ApiRig, team: Team, word: string): Promise<Seed> {
  const { tenant } = team;
  const mailbox = await createMailbox(tenant, {
    address: `support@${word}.example`,
    displayName: word,
    provider: "other",
    method: "password",
    servers: {
      imap: { host: `imap.${word}.example`, port: 993, security: "tls" },
      smtp: { host: `smtp.${word}.example`, port: 465, security: "tls" },
    },
    subject: null,
    principal: `support@${word}.example`,
    filesSent: false,
    state: "live",
    createdBy: team.owner.id,
  });
  await storeGrant(tenant, rig.deps.connect.parts.ring, {
    mailboxId: mailbox,
    secret: { kind: "password", password: "hunter2-canary" },
  });
  const folder = await addFolder(team, mailbox, "INBOX", "inbox");
  const archive = await addFolder(team, mailbox, "Archive", "archive");
  await addFolder(team, mailbox, "Trash", "trash");
  const { message, conversation } = await addMessage(rig, team, { mailbox, folder, word });
  const member = (await team.join("agent")).user.id;
  await addLooseThings(rig, team, { mailbox, conversation, word });
  return {
    mailbox,
    folder,
    archive,
    conversation,
    message,
    member,
    outbox: await addReply(team, { mailbox, conversation, word }),
    invitation: (
      await createInvitation(tenant, { email: `new@${word}.example`, role: "agent", invitedBy: "x" })
    ).invitation.id,
    apiKey: (await createApiKey(tenant, { name: word, role: "agent", createdBy: null })).apiKey.id,
    attempt: await addAttempt(rig, team, word),
    app: await addMicrosoftApp(rig, team, word),
    upload: (
      await createUpload(tenant, rig.deps.blobs, {
        filename: `${word}.txt`,
        contentType: "text/plain",
        content: Buffer.from(word),
        maxBytes: 1_000,
        createdBy: team.owner.id,
      })
    ).id,
  };
}

const addMicrosoftApp = (rig: ApiRig, { tenant }: Team, word: string): Promise<string> =>
  tenant.transaction((tx) =>
    createApp(tx, rig.deps.connect.parts.ring, {
      name: `App of ${word}`,
      clientId: "b7c1a4de-0000-4000-8000-000000000001",
      tenant: "common",
      cloud: "default",
      secret: "app-secret-canary",
      secretExpiresOn: null,
      isDefault: false,
      createdBy: null,
    }),
  );

async function addFolder(team: Team, mailbox: string, path: string, role: string): Promise<string> {
  const id = newId();
  await team.tenant.db
    .insertInto("folders")
    .values({
      workspace_id: team.workspaceId,
      id,
      mailbox_id: mailbox,
      path,
      name: path,
      role,
      selected: true,
      epoch: 1,
      epoch_key: "1",
      remote_messages: 1,
    })
    .execute();
  return id;
}

/** As long as those of newsletters are. */
export const pictureUrl = (word: string): string =>
  `https://tracker.example/${word}.gif?u=${"x".repeat(300)}`;

async function addMessage(
  rig: ApiRig,
  team: Team,
  { mailbox, folder, word }: { mailbox: string; folder: string; word: string },
): Promise<{ message: string; conversation: string }> {
  const raw = [
    `Message-ID: <${word}@example>`,
    `Subject: ${word}`,
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    word,
    "--b",
    'Content-Type: text/html; name="evil.html"',
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from(`<script>alert("${word}")</script>`).toString("base64"),
    "--b--",
    "",
  ].join("\r\n");
  const uid = rig.mail.folder("INBOX").add(raw);
  const message = testMessage({
    mailboxId: mailbox,
    messageId: `<${word}@example>`,
    subject: word,
    text: word,
    html: `<p>${word}</p><script>alert(1)</script><img src="${pictureUrl(word)}">`,
    attachments: [
      {
        n: 1,
        partPath: "2",
        filename: `Rechnung „${word}“\r\n.html`,
        contentType: "text/html",
        sizeBytes: 40,
        contentId: null,
        disposition: "attachment",
        encoding: "base64",
      },
    ],
  });
  const { conversationOf } = await storeMessages(team.tenant, [message], "new");
  await team.tenant.db
    .insertInto("message_locations")
    .values({
      workspace_id: team.workspaceId,
      mailbox_id: mailbox,
      folder_id: folder,
      epoch: 1,
      remote_key: String(uid),
      uid,
      message_id: message.id,
    })
    .execute();
  return { message: message.id, conversation: conversationOf.get(message.id)! };
}

async function addReply(
  team: Team,
  { mailbox, conversation, word }: { mailbox: string; conversation: string; word: string },
): Promise<string> {
  const id = newId();
  await team.tenant.db
    .insertInto("outbox")
    .values({
      workspace_id: team.workspaceId,
      id,
      mailbox_id: mailbox,
      conversation_id: conversation,
      state: "queued",
      message_id: `<reply-${word}@example>`,
      subject: word,
      recipients: JSON.stringify({ to: [{ name: "", address: `to@${word}.example` }], cc: [], bcc: [] }),
      text: word,
      next_try_at: new Date(Date.now() + 3_600_000),
      created_by: team.owner.id,
    })
    .execute();
  return id;
}

async function addAttempt(rig: ApiRig, team: Team, word: string): Promise<string> {
  const id = newId();
  await createAttempt(team.tenant, rig.deps.connect.parts.ring, {
    id,
    address: `support@${word}.example`,
    provider: "outlook",
    method: "oauth",
    flow: "browser",
    step: "waiting",
    linkHash: hashToken(randomBytes(8).toString("hex")),
    requestedBy: team.owner.id,
    requestedByName: word,
    expiresAt: new Date(Date.now() + 600_000),
    secret: { link: word },
  });
  return id;
}

async function addLooseThings(
  rig: ApiRig,
  team: Team,
  { mailbox, conversation, word }: { mailbox: string; conversation: string; word: string },
): Promise<void> {
  const { tenant } = team;
  await openFinding(tenant, {
    mailboxId: mailbox,
    code: "throttled",
    severity: "warning",
    params: { host: word },
    evidence: [],
    nextCheckAt: null,
  });
  await appendMailboxLog(tenant, mailbox, "connected", { account: word });
  await saveReplyDraft(tenant, conversation, team.owner.id, {
    html: word,
    to: [],
    cc: [],
    bcc: [],
    uploads: [],
    all: false,
  });
}

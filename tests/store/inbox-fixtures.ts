/** Messages for tests of the inbox: threaded, stored and settled in one transaction, as sync does it. */
import { randomBytes } from "node:crypto";
import { newId } from "../../src/core/ids.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import { packBody } from "../../src/protocol/mime/packed-body.ts";
import { baseSubject, hasReplyPrefix } from "../../src/protocol/mime/subject.ts";
import { segmentForSearch } from "../../src/protocol/mime/search-text.ts";
import { sql } from "kysely";
import type { Clock } from "../../src/core/clock.ts";
import type { SettledMessage, ThreadableMessage } from "../../src/store/inbox-port.ts";
import type { NewEvent } from "../../src/store/new-event.ts";
import { appendEvents } from "../../src/store/events.ts";
import type { TenantDb } from "../../src/store/tenant-db.ts";

export const testNow = Date.parse("2026-06-15T12:00:00Z");

/** A clock that tests set by hand. */
export function fakeClock(startMs = testNow): Clock & { set(ms: number): void; advance(ms: number): void } {
  let now = startMs;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async () => undefined,
    set: (ms) => {
      now = ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

export const testInbox = createInbox({ clock: fakeClock() });

export interface TestMessage extends ThreadableMessage {
  direction: "in" | "out";
  seen: boolean;
  fromName: string;
  to: string[];
  text: string;
  html: string | null;
  textDigest: string;
  attachments: unknown[];
}

export type MessageInput = Partial<TestMessage> & { mailboxId: string };

export function testMessage(input: MessageInput): TestMessage {
  const subject = input.subject ?? "";
  const to = input.to ?? ["support@example.com"];
  const fromAddress = input.fromAddress ?? "customer@example.net";
  return {
    id: newId(),
    mailboxAddress: "support@example.com",
    messageId: null,
    originalMessageId: null,
    inReplyTo: [],
    references: [],
    subject,
    subjectKey: baseSubject(subject),
    replyPrefix: hasReplyPrefix(subject),
    fromAddress,
    authorAddress: fromAddress,
    recipientAddresses: to,
    sentAtMs: input.receivedAtMs ?? testNow,
    receivedAtMs: testNow,
    automatic: false,
    direction: "in",
    seen: false,
    fromName: "",
    text: "",
    html: null,
    textDigest: "",
    attachments: [],
    ...input,
    to,
  };
}

export interface StoredBatch {
  conversationOf: Map<string, string>;
  events: NewEvent[];
}

/** One batch, as sync stores it. */
export async function storeMessages(
  tenant: TenantDb,
  messages: TestMessage[],
  what: SettledMessage["what"] = "imported",
): Promise<StoredBatch> {
  return tenant.transaction(async (tx) => {
    const conversationOf = await testInbox.thread(tx, messages);
    for (const message of messages) await insertMessage(tx, message, conversationOf.get(message.id)!, what);
    const settled = messages.map(({ id }) => ({
      messageId: id,
      conversationId: conversationOf.get(id)!,
      what,
    }));
    const events = await testInbox.settle(tx, settled);
    await appendEvents(tx, events);
    return { conversationOf, events };
  });
}

async function insertMessage(
  tx: TenantDb,
  message: TestMessage,
  conversationId: string,
  what: SettledMessage["what"],
): Promise<void> {
  await tx.db
    .insertInto("messages")
    .values({
      workspace_id: tx.workspaceId,
      id: message.id,
      mailbox_id: message.mailboxId,
      conversation_id: conversationId,
      identity: randomBytes(32),
      text_digest: message.textDigest,
      message_id: message.messageId,
      original_message_id: message.originalMessageId,
      in_reply_to: message.inReplyTo,
      refs: message.references,
      subject: message.subject,
      subject_key: message.subjectKey,
      reply_prefix: message.replyPrefix,
      from_name: message.fromName,
      from_address: message.fromAddress,
      recipients: JSON.stringify({
        to: message.to.map((address) => ({ name: "", address })),
        cc: [],
        bcc: [],
        replyTo:
          message.authorAddress === message.fromAddress ? [] : [{ name: "", address: message.authorAddress }],
      }),
      sent_at: message.sentAtMs === null ? null : new Date(message.sentAtMs),
      received_at: new Date(message.receivedAtMs),
      arrived_at: new Date(message.receivedAtMs),
      direction: message.direction,
      snippet: message.text.slice(0, 100),
      attachments: JSON.stringify(message.attachments),
      automatic: message.automatic,
      seen: message.seen,
      is_new: what === "new",
    })
    .execute();
  await tx.db
    .insertInto("message_bodies")
    .values({
      workspace_id: tx.workspaceId,
      message_id: message.id,
      content: packBody(message).bytes,
      has_html: message.html !== null,
    })
    .execute();
  const words = segmentForSearch(
    `${message.subject} ${message.fromAddress} ${message.fromName} ${message.text}`,
  );
  await sql`INSERT INTO message_search (workspace_id, message_id, words)
    VALUES (${tx.workspaceId}, ${message.id}, to_tsvector('simple', ${words}))`.execute(tx.db);
}

/** Message id → conversation as stored now, after joins. */
export async function storedConversations(tenant: TenantDb): Promise<Map<string, string>> {
  const rows = await tenant.db
    .selectFrom("messages")
    .select(["id", "conversation_id"])
    .where("workspace_id", "=", tenant.workspaceId)
    .execute();
  return new Map(rows.map((row) => [row.id, row.conversation_id]));
}

/** Conversations: lists by view, one, its messages, replies and drafts. */
import { z } from "zod";
import {
  addressText,
  emptySchema,
  idParams,
  idSchema,
  listOf,
  mailAddressSchema,
  pageQuery,
  timeSchema,
} from "../common-schema.ts";
import { messageSchema } from "../messages/schema.ts";
import { operation } from "../operation.ts";

export const viewSchema = z
  .enum(["mine", "unassigned", "open", "snoozed", "closed", "all"])
  .meta({ id: "View" });
export const statusSchema = z.enum(["open", "closed", "snoozed"]).meta({ id: "ConversationStatus" });

export const conversationSchema = z
  .object({
    id: idSchema,
    subject: z.string(),
    status: statusSchema,
    assignee: z.object({ userId: z.string(), name: z.string() }).nullable(),
    snoozedUntil: timeSchema.nullable(),
    participants: z.array(mailAddressSchema),
    snippet: z.string(),
    unread: z.boolean().describe("For the caller; for an API key: on the server"),
    messageCount: z.number().int(),
    attachmentCount: z.number().int(),
    lastMessageAt: timeSchema,
    lastDirection: z.enum(["in", "out"]),
    mailboxIds: z.array(idSchema),
    gone: z.boolean().describe("No longer in the mailbox"),
    mergedInto: idSchema.nullable(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: "Conversation" });

const countsSchema = z
  .object({
    views: z.record(viewSchema, z.number().int()),
    mailboxes: z.record(z.string(), z.number().int()).describe("Open conversations by mailbox"),
    cap: z.number().int().describe("Counts stop here"),
  })
  .meta({ id: "ConversationCounts" });

export const replyBody = z
  .object({
    text: z.string().max(1_000_000).optional().describe("Alone, the reply is plain text"),
    html: z
      .string()
      .max(2_000_000)
      .optional()
      .describe("Sanitised; the text is made from it when none is given"),
    all: z.boolean().default(false).describe("Answer everybody; ignored when `to` is given"),
    to: z.array(addressText).max(100).optional(),
    cc: z.array(addressText).max(100).optional(),
    bcc: z.array(addressText).max(100).optional(),
    subject: z.string().max(900).optional().describe("`Re:` and the answered one when left out"),
    quote: z.boolean().default(true).describe("Add the answered message below"),
    messageId: idSchema
      .optional()
      .describe("The message row to answer; the newest one from outside when left out"),
    mailboxId: idSchema.optional(),
    uploads: z.array(idSchema).max(50).default([]),
    close: z.boolean().default(false),
  })
  .refine((body) => `${body.text ?? ""}${body.html ?? ""}`.trim() !== "" || body.uploads.length > 0, {
    message: "Write something, or attach a file.",
    path: ["text"],
  })
  .meta({ id: "Reply" });

export const draftSchema = z
  .object({
    html: z.string().max(2_000_000),
    to: z.array(mailAddressSchema).max(100),
    cc: z.array(mailAddressSchema).max(100),
    bcc: z.array(mailAddressSchema).max(100),
    uploads: z.array(z.object({ id: idSchema, filename: z.string(), sizeBytes: z.number().int() })).max(50),
    all: z.boolean(),
  })
  .meta({ id: "Draft" });

const savedDraftSchema = z
  .object({ draft: draftSchema.nullable(), updatedAt: timeSchema.nullable() })
  .meta({ id: "SavedDraft" });

const replyTargetsSchema = z
  .object({
    messageId: idSchema,
    mailboxId: idSchema,
    fromAddress: z.string(),
    subject: z.string(),
    sender: z.object({ to: z.array(mailAddressSchema), cc: z.array(mailAddressSchema) }),
    everybody: z.object({ to: z.array(mailAddressSchema), cc: z.array(mailAddressSchema) }),
  })
  .meta({ id: "ReplyTargets" });

const tags = ["Conversations"];

export const conversationOperations = {
  listConversations: operation({
    method: "GET",
    url: "/v1/conversations",
    access: "agent",
    schema: {
      operationId: "listConversations",
      tags,
      summary: "Conversations of a view, newest first; `all` is every one, closed ones too",
      querystring: pageQuery.extend({
        view: viewSchema.default("all"),
        q: z.string().max(500).optional(),
        mailbox: idSchema.optional(),
      }),
      response: { 200: listOf(conversationSchema, "ConversationList") },
    },
  }),
  countConversations: operation({
    method: "GET",
    url: "/v1/conversations/counts",
    access: "agent",
    schema: {
      operationId: "countConversations",
      tags,
      summary: "How many stand in each view",
      response: { 200: countsSchema },
    },
  }),
  getConversation: operation({
    method: "GET",
    url: "/v1/conversations/:id",
    access: "agent",
    schema: {
      operationId: "getConversation",
      tags,
      summary: "One conversation; one that was joined to another answers with `mergedInto`",
      params: idParams,
      response: { 200: conversationSchema },
    },
  }),
  updateConversation: operation({
    method: "PATCH",
    url: "/v1/conversations/:id",
    access: "agent",
    schema: {
      operationId: "updateConversation",
      tags,
      summary: "Change status, assignee, read state",
      params: idParams,
      body: z
        .object({
          status: statusSchema,
          snoozedUntil: timeSchema.nullable(),
          assignee: z.string().max(100).nullable().describe("A member's user id"),
          read: z.boolean(),
        })
        .partial(),
      response: { 200: conversationSchema },
    },
  }),
  listMessages: operation({
    method: "GET",
    url: "/v1/conversations/:id/messages",
    access: "agent",
    schema: {
      operationId: "listMessages",
      tags,
      summary: "Its messages, oldest first",
      params: idParams,
      querystring: pageQuery,
      response: { 200: listOf(messageSchema, "MessageList") },
    },
  }),
  getReplyTargets: operation({
    method: "GET",
    url: "/v1/conversations/:id/reply-targets",
    access: "agent",
    schema: {
      operationId: "getReplyTargets",
      tags,
      summary: "Whom an answer would go to",
      params: idParams,
      response: { 200: replyTargetsSchema },
    },
  }),
  createReply: operation({
    method: "POST",
    url: "/v1/conversations/:id/replies",
    access: "agent",
    schema: {
      operationId: "createReply",
      tags,
      summary: "Answer; with an Idempotency-Key it leaves once however often this is called",
      params: idParams,
      headers: z.object({ "idempotency-key": z.string().min(1).max(200).optional() }),
      body: replyBody,
      response: { 200: messageSchema, 201: messageSchema },
    },
  }),
  getDraft: operation({
    method: "GET",
    url: "/v1/conversations/:id/draft",
    access: "agent",
    schema: {
      operationId: "getDraft",
      tags,
      summary: "One's own draft",
      params: idParams,
      response: { 200: savedDraftSchema },
    },
  }),
  saveDraft: operation({
    method: "PUT",
    url: "/v1/conversations/:id/draft",
    access: "agent",
    schema: {
      operationId: "saveDraft",
      tags,
      summary: "Keep one's own draft",
      params: idParams,
      body: draftSchema,
      response: { 200: savedDraftSchema },
    },
  }),
  discardDraft: operation({
    method: "DELETE",
    url: "/v1/conversations/:id/draft",
    access: "agent",
    schema: {
      operationId: "discardDraft",
      tags,
      summary: "Throw one's own draft away",
      params: idParams,
      response: { 200: emptySchema },
    },
  }),
} as const;

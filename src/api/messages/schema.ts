/** Messages: fields, raw source, shown body, attachments, flags. */
import { z } from "zod";
import {
  addressText,
  emptySchema,
  idParams,
  idSchema,
  mailAddressSchema,
  timeSchema,
} from "../common-schema.ts";
import { operation } from "../operation.ts";

export const attachmentSchema = z
  .object({
    n: z.number().int(),
    filename: z.string().nullable(),
    contentType: z.string(),
    sizeBytes: z
      .number()
      .int()
      .describe("Decoded octets; of a large message estimated until the attachment is opened"),
    inline: z.boolean(),
    contentId: z.string().nullable(),
  })
  .meta({ id: "Attachment" });

export const outboxStateSchema = z
  .enum(["queued", "sending", "sent", "done", "unknown", "failed", "cancelled"])
  .meta({ id: "OutboxState" });

export const messageSchema = z
  .object({
    id: idSchema,
    messageId: z.string().nullable().describe("The Message-ID header, as written"),
    originalMessageId: z.string().nullable(),
    inReplyTo: z.array(z.string()),
    references: z.array(z.string()),
    mailboxId: idSchema,
    conversationId: idSchema,
    direction: z.enum(["in", "out"]),
    from: mailAddressSchema,
    to: z.array(mailAddressSchema),
    cc: z.array(mailAddressSchema),
    bcc: z.array(mailAddressSchema),
    replyTo: z.array(mailAddressSchema),
    subject: z.string(),
    sentAt: timeSchema.nullable().describe("The Date header"),
    receivedAt: timeSchema,
    sizeBytes: z.number().int(),
    snippet: z.string(),
    text: z.string(),
    hasHtml: z.boolean(),
    attachments: z.array(attachmentSchema),
    folders: z.array(
      z.object({
        id: idSchema,
        path: z.string(),
        role: z.string().nullable(),
        uid: z.number().int().nullable(),
        flags: z.array(z.string()),
      }),
    ),
    seen: z.boolean(),
    flagged: z.boolean(),
    answered: z.boolean(),
    automatic: z.boolean(),
    bounce: z.boolean(),
    parseFlags: z.array(z.string()).describe("What was wrong with it, if anything"),
    goneAt: timeSchema.nullable(),
    outbox: z
      .object({
        id: idSchema,
        state: outboxStateSchema,
        problem: z
          .string()
          .nullable()
          .describe("Why it failed, is unclear, or waits for another try: a code of docs/errors.md"),
        reason: z.string().nullable().describe("More about `send_rejected` and `auth_failed`, when known"),
        response: z.string().nullable().describe("The mail server's own line about it"),
        nextTryAt: timeSchema.nullable().describe("When a queued one leaves, or is tried again"),
        cancelUntil: timeSchema.nullable().describe("Until then it can be taken back for sure"),
      })
      .nullable()
      .describe("A reply of ours that has not come back from Sent yet"),
  })
  .meta({ id: "Message" });

const tags = ["Messages"];
const binary = z.string().describe("Bytes").meta({ format: "binary" });

export const messageOperations = {
  getMessage: operation({
    method: "GET",
    url: "/v1/messages/:id",
    access: "agent",
    schema: {
      operationId: "getMessage",
      tags,
      summary: "One message",
      params: idParams,
      response: { 200: messageSchema },
    },
  }),
  updateMessage: operation({
    method: "PATCH",
    url: "/v1/messages/:id",
    access: "agent",
    schema: {
      operationId: "updateMessage",
      tags,
      summary: "Set or clear \\Seen and \\Flagged on the server",
      params: idParams,
      body: z.object({ seen: z.boolean().optional(), flagged: z.boolean().optional() }),
      response: { 200: messageSchema },
    },
  }),
  moveMessage: operation({
    method: "POST",
    url: "/v1/messages/:id/move",
    access: "agent",
    schema: {
      operationId: "moveMessage",
      tags,
      summary: "Move to another folder of its mailbox",
      params: idParams,
      body: z.object({ folderId: idSchema }),
      response: { 200: messageSchema },
    },
  }),
  deleteMessage: operation({
    method: "DELETE",
    url: "/v1/messages/:id",
    access: "agent",
    schema: {
      operationId: "deleteMessage",
      tags,
      summary: "Move to Deleted Items",
      params: idParams,
      response: { 200: messageSchema },
    },
  }),
  getRawMessage: operation({
    method: "GET",
    url: "/v1/messages/:id/raw",
    produces: ["message/rfc822"],
    access: "agent",
    schema: {
      operationId: "getRawMessage",
      tags,
      summary: "The raw message (RFC 5322)",
      params: idParams,
      response: { 200: binary },
    },
  }),
  getMessageBody: operation({
    method: "GET",
    url: "/v1/messages/:id/body",
    produces: ["text/html"],
    access: "agent",
    schema: {
      operationId: "getMessageBody",
      tags,
      summary: "The sanitised body as a page of its own, for a frame without scripts",
      params: idParams,
      querystring: z.object({
        images: z.enum(["blocked", "once"]).default("blocked"),
        theme: z.enum(["light", "dark"]).default("light"),
        quotes: z.enum(["folded", "shown"]).default("folded"),
      }),
      response: { 200: z.string() },
    },
  }),
  getMessageDisplay: operation({
    method: "GET",
    url: "/v1/messages/:id/display",
    access: "agent",
    schema: {
      operationId: "getMessageDisplay",
      tags,
      summary: "How to show it: plain text split from its quote, and what remote images it has",
      params: idParams,
      response: {
        200: z
          .object({
            kind: z.enum(["html", "text"]),
            visibleText: z.string(),
            quotedText: z.string(),
            hasQuote: z.boolean(),
            remoteImages: z.number().int(),
            imagesAllowed: z.boolean().describe("The sender is trusted"),
          })
          .meta({ id: "MessageDisplay" }),
      },
    },
  }),
  getAttachment: operation({
    method: "GET",
    url: "/v1/messages/:id/attachments/:n",
    produces: ["application/octet-stream", "image/*"],
    access: "agent",
    schema: {
      operationId: "getAttachment",
      tags,
      summary: "One attachment, decoded",
      params: idParams.extend({ n: z.coerce.number().int().min(1).max(10_000) }),
      querystring: z.object({ inline: z.enum(["true", "false"]).default("false") }),
      response: { 200: binary },
    },
  }),
  getRemoteImage: operation({
    method: "GET",
    url: "/v1/messages/:id/images/:token",
    produces: ["image/*"],
    access: "agent",
    schema: {
      operationId: "getRemoteImage",
      tags,
      summary: "A remote image through the proxy, after it was allowed",
      params: idParams.extend({ token: z.string().max(4000) }),
      response: { 200: binary },
    },
  }),
  trustSender: operation({
    method: "POST",
    url: "/v1/trusted-senders",
    access: "agent",
    schema: {
      operationId: "trustSender",
      tags,
      summary: "Always show this sender's images",
      body: z.object({ address: addressText }),
      response: { 201: emptySchema },
    },
  }),
} as const;

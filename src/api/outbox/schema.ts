/** Files on their way out, and replies that have not left or whose fate is unclear. */
import { z } from "zod";
import { idParams, idSchema } from "../common-schema.ts";
import { messageSchema } from "../messages/schema.ts";
import { operation } from "../operation.ts";

const uploadSchema = z
  .object({ id: idSchema, filename: z.string(), contentType: z.string(), sizeBytes: z.number().int() })
  .meta({ id: "Upload" });

const tags = ["Sending"];

export const outboxOperations = {
  createUpload: operation({
    method: "POST",
    url: "/v1/uploads",
    consumes: "application/octet-stream",
    access: "agent",
    schema: {
      operationId: "createUpload",
      tags,
      summary: "Send a file's bytes as application/octet-stream (at most 25 MB)",
      querystring: z.object({
        filename: z.string().min(1).max(255),
        contentType: z.string().max(200).optional(),
      }),
      response: { 201: uploadSchema },
    },
  }),
  cancelReply: operation({
    method: "POST",
    url: "/v1/outbox/:id/cancel",
    access: "agent",
    schema: {
      operationId: "cancelReply",
      tags,
      summary: "Take a reply back before it leaves",
      params: idParams,
      response: { 200: messageSchema },
    },
  }),
  retryReply: operation({
    method: "POST",
    url: "/v1/outbox/:id/retry",
    access: "agent",
    schema: {
      operationId: "retryReply",
      tags,
      summary: "Try a failed reply again",
      params: idParams,
      response: { 200: messageSchema },
    },
  }),
  resolveReply: operation({
    method: "POST",
    url: "/v1/outbox/:id/resolve",
    access: "agent",
    schema: {
      operationId: "resolveReply",
      tags,
      summary: "Decide a reply whose sending is unclear",
      params: idParams,
      body: z.object({ as: z.enum(["sent", "resend"]) }),
      response: { 200: messageSchema },
    },
  }),
} as const;

/** What the operator asks: status of the installation. /healthz, /readyz and /metrics are plain and stand in routes.ts. */
import { z } from "zod";
import { idSchema, timeSchema } from "../common-schema.ts";
import { healthShape, mailboxStateSchema, processSchema, progressSchema } from "../mailboxes/schema.ts";
import { operation } from "../operation.ts";

export const statusSchema = z
  .object({
    version: z.string(),
    startedAt: timeSchema,
    database: z.object({ ok: z.boolean(), version: z.string(), embedded: z.boolean() }),
    sandbox: z.boolean(),
    processes: z
      .array(
        z.object({
          ...processSchema.shape,
          startedAt: timeSchema,
          mailboxes: z.number().int().describe("Of this workspace"),
        }),
      )
      .describe("The processes that sync"),
    mailboxes: z.array(
      z.object({
        id: idSchema,
        address: z.string(),
        state: mailboxStateSchema,
        stateSince: timeSchema,
        ...healthShape,
        progress: progressSchema.nullable(),
        messages: z.number().int(),
        searchable: z.number().int(),
        outboxPending: z.number().int(),
        intentsPending: z.number().int(),
        finding: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "Status" });

export const systemOperations = {
  getStatus: operation({
    method: "GET",
    url: "/v1/status",
    access: "agent",
    schema: {
      operationId: "getStatus",
      tags: ["System"],
      summary: "State of the installation and its mailboxes",
      response: { 200: statusSchema },
    },
  }),
} as const;

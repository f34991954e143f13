/** What the operator asks: status of the installation. /healthz, /readyz and /metrics are plain and stand in routes.ts. */
import { z } from "zod";
import { idSchema, timeSchema } from "../common-schema.ts";
import { mailboxStateSchema, progressSchema } from "../mailboxes/schema.ts";
import { operation } from "../operation.ts";

export const statusSchema = z
  .object({
    version: z.string(),
    startedAt: timeSchema,
    database: z.object({ ok: z.boolean(), version: z.string(), embedded: z.boolean() }),
    sandbox: z.boolean(),
    mailboxes: z.array(
      z.object({
        id: idSchema,
        address: z.string(),
        state: mailboxStateSchema,
        stateSince: timeSchema,
        inStepAt: timeSchema.nullable(),
        throttledUntil: timeSchema.nullable(),
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

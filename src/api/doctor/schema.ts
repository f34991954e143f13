/** The doctor for an address that is not connected: provider, servers, and what Microsoft says of its domain. */
import { z } from "zod";
import { addressSteps } from "../../connect/diagnose-address.ts";
import { foundSettingsSchema } from "../connect/schema.ts";
import { addressText } from "../common-schema.ts";
import { findingSchema } from "../mailboxes/schema.ts";
import { operation } from "../operation.ts";

const diagnosisSchema = z
  .object({
    address: z.string(),
    healthy: z
      .boolean()
      .describe("Nothing stands in the way of connecting it, as far as can be seen unsigned"),
    settings: foundSettingsSchema,
    signIn: z.enum(["oauth", "password"]).describe("How the wizard has one sign in"),
    organization: z
      .object({ known: z.boolean(), tenantId: z.string().nullable() })
      .nullable()
      .describe("What Microsoft says of the domain; null: it was not asked, or did not tell"),
    checks: z.array(
      z.object({
        step: z.enum(addressSteps),
        state: z.enum(["ok", "failed", "skipped"]),
        ms: z.number().int().nullable(),
      }),
    ),
    finding: findingSchema.nullable().describe("The gravest; null: none"),
    findings: z.array(findingSchema),
  })
  .meta({ id: "AddressDiagnosis" });

export const doctorOperations = {
  diagnoseAddress: operation({
    method: "POST",
    url: "/v1/doctor",
    access: "admin",
    schema: {
      operationId: "diagnoseAddress",
      tags: ["Doctor"],
      summary: "Look at an address before it is connected, without signing in (at most 15 s)",
      body: z.object({ address: addressText }).meta({ id: "DiagnoseAddress" }),
      response: { 200: diagnosisSchema },
    },
  }),
} as const;

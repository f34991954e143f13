/** Explain: an error text of any program → the findings that fit. Nothing is contacted and nothing kept. */
import { z } from "zod";
import { explainKinds, explainSteps } from "../../connect/doctor/explain.ts";
import { operation } from "../operation.ts";

/** More is no error text. */
const mostChars = 200_000;

const explainedSchema = z
  .object({
    code: z.string().describe("Of docs/findings.md; `unknown` when nothing is recognised"),
    confidence: z.number().min(0).max(1),
    title: z.string(),
    fix: z.string().describe("What to do, the shortest way first, in one line"),
    severity: z.enum(["blocking", "warning"]),
    cause: z.string().describe("What happened and why, in one sentence"),
    who: z
      .enum(["you", "admin", "operator", "microsoft", "time"])
      .nullable()
      .describe("Who can mend it; null: not known"),
    steps: z
      .array(z.object({ text: z.string(), detail: z.string().nullable(), link: z.string().nullable() }))
      .describe("`fix`, step by step"),
    recognisedBy: z
      .string()
      .nullable()
      .describe("The part of the text that shows it, secrets removed; null: only the whole does, or nothing"),
  })
  .meta({ id: "Explained" });

export const explainOperations = {
  explainError: operation({
    method: "POST",
    url: "/v1/explain",
    access: "agent",
    schema: {
      operationId: "explainError",
      tags: ["Doctor"],
      summary: "Say what an error text of any mail program means; nothing is contacted or kept",
      body: z
        .object({
          text: z.string().min(1).max(mostChars),
          step: z.enum(explainSteps).optional().describe("What was being done"),
          kind: z.enum(explainKinds).optional().describe("The account's kind"),
        })
        .meta({ id: "Explain" }),
      response: {
        200: z
          .object({ findings: z.array(explainedSchema).describe("The likeliest first; never empty") })
          .meta({ id: "Explanation" }),
      },
    },
  }),
} as const;

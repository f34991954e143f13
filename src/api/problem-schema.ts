import { z } from "zod";

/** A problem (RFC 9457): `code` is of docs/errors.md, `hint` says what to do, `field` names the request's field at fault. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    hint: z.string(),
    field: z.string().optional(),
    retryAfterMs: z.number().int().optional(),
    instance: z.string().optional(),
  })
  .meta({ id: "Problem" });

/** Shapes that several things share: ids, lists, times, addresses. */
import { z } from "zod";

export const idSchema = z.uuid().describe("UUIDv7");
export const timeSchema = z.iso.datetime().describe("RFC 3339, UTC");
export const idParams = z.object({ id: idSchema });
export const emptySchema = z.object({}).meta({ id: "Empty" });

/** `limit` and `cursor` of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(500).optional(),
});

/** Of lists that are short as a rule: whole unless `limit` says otherwise. */
export const wholeListQuery = pageQuery.extend({
  limit: z.coerce.number().int().min(1).max(500).default(500),
});

/** `{ items, nextCursor }`, as every list answers. */
export const listOf = <T extends z.ZodType>(item: T, id: string) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() }).meta({ id });

/** An address a person may type: something, `@`, something; SMTPUTF8 (RFC 6531) allowed. */
export const addressText = z
  .string()
  .trim()
  .max(320)
  .regex(
    /^[^\s@<>",;]+@[^\s@<>",;]+$/u,
    "This is not an e-mail address: it needs a name, an @ and a domain.",
  );

export const mailAddressSchema = z
  .object({ name: z.string(), address: z.string() })
  .meta({ id: "MailAddress" });

export const roleSchema = z.enum(["owner", "admin", "agent"]).meta({ id: "Role" });

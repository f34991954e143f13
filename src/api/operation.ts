/**
 * An operation of the HTTP API as data: path, rights and schemas. `routes.ts` of each thing gives it a handler;
 * the OpenAPI document, the generated client and the matrix test of rights are made from the same data.
 */
import type { z } from "zod";
import { problemSchema } from "./problem-schema.ts";

export type Role = "owner" | "admin" | "agent";

export interface Operation {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  /** Media types of the answer and of the body where they are not JSON, for the OpenAPI document. */
  produces?: readonly string[];
  consumes?: string;
  /** `public` needs nothing; otherwise the least role that may call it. */
  access: "public" | Role;
  schema: {
    operationId: string;
    tags: string[];
    summary: string;
    description?: string;
    params?: z.ZodType;
    querystring?: z.ZodType;
    headers?: z.ZodType;
    body?: z.ZodType;
    response: Record<number | string, z.ZodType>;
  };
}

/** Declares an operation; every one can answer with a problem (RFC 9457). */
export const operation = <const O extends Operation>(spec: O): O => ({
  ...spec,
  schema: {
    ...spec.schema,
    response: { ...spec.schema.response, "4xx": problemSchema, "5xx": problemSchema },
  },
});

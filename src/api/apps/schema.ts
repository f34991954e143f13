/** The operator's page: Microsoft apps of the workspace, and what is to be entered at Microsoft. */
import { z } from "zod";
import { appCheckIds } from "../../connect/app-check/judge.ts";
import { emptySchema, idSchema, listOf, timeSchema, wholeListQuery } from "../common-schema.ts";
import { findingSchema } from "../mailboxes/schema.ts";
import { operation } from "../operation.ts";

const dayText = z.iso.date().describe("A day, as 2027-03-31");
const cloudSchema = z
  .enum(["default", "usgov", "china"])
  .describe("default: as the environment names it, Microsoft's worldwide cloud unless set otherwise");

export const appSchema = z
  .object({
    id: z.string().describe("UUIDv7; `environment` for the app of environment variables"),
    source: z.enum(["page", "environment"]),
    name: z.string(),
    clientId: z.string(),
    tenant: z.string(),
    cloud: cloudSchema,
    hasSecret: z.boolean().describe("The secret itself is never shown again"),
    secretExpiresOn: dayText.nullable(),
    daysLeft: z.number().int().nullable(),
    isDefault: z.boolean().describe("New sign-ins use it"),
    mailboxes: z
      .array(z.object({ id: idSchema, address: z.string() }))
      .describe("That were authorized with it"),
    check: z
      .object({
        checkedAt: timeSchema,
        checks: z.array(
          z.object({
            id: z.enum(appCheckIds),
            state: z
              .enum(["ok", "failed", "warning", "unknown"])
              .describe("unknown: cannot be told before somebody signs in"),
          }),
        ),
      })
      .nullable()
      .describe("The last check; null after settings were changed"),
    findings: z.array(findingSchema),
    createdAt: timeSchema.nullable(),
  })
  .meta({ id: "MicrosoftApp" });

const nameText = z.string().trim().min(1).max(100);
const clientIdText = z.string().trim().min(1).max(200).regex(/^\S+$/, "A client ID has no spaces.");
const tenantText = z
  .string()
  .trim()
  .max(200)
  .regex(/^[A-Za-z0-9.-]+$/, "common, consumers, organizations, a tenant id or a domain");
const secretText = z.string().trim().min(1).max(1000);

const appInput = z
  .object({
    name: nameText,
    clientId: clientIdText,
    secret: secretText
      .nullable()
      .default(null)
      .describe("The Value; null for a public client (device code alone)"),
    secretExpiresOn: dayText.nullable().default(null),
    tenant: tenantText.default("common"),
    cloud: cloudSchema.default("default"),
    isDefault: z.literal(true).optional().describe("New sign-ins use it from now on"),
  })
  .meta({ id: "NewMicrosoftApp" });

const appChange = z
  .object({
    name: nameText.optional(),
    clientId: clientIdText.optional(),
    secret: secretText.nullable().optional().describe("Left out: it stays; null: it is taken away"),
    secretExpiresOn: dayText.nullable().optional(),
    tenant: tenantText.optional(),
    cloud: cloudSchema.optional(),
    isDefault: z.literal(true).optional().describe("New sign-ins use it from now on"),
  })
  .meta({ id: "ChangedMicrosoftApp" });

export const appLogSchema = z
  .object({
    what: z.enum(["created", "changed", "removed"]),
    fields: z.array(z.string()).describe("Names of what was changed; never values"),
    by: z.string(),
    at: timeSchema,
  })
  .meta({ id: "MicrosoftAppLogEntry" });

export const registrationSchema = z
  .object({
    publicUrl: z.string(),
    redirectUri: z.string(),
    redirectUsable: z.boolean().describe("False: neither https nor localhost; only the device code works"),
    permissions: z
      .array(z.object({ api: z.string(), name: z.string() }))
      .describe("Delegated permissions to add"),
    scopes: z.array(z.string()).describe("As they are asked for at sign-in"),
  })
  .meta({ id: "AppRegistration" });

const tags = ["Microsoft apps"];
const appParams = z.object({ id: z.union([idSchema, z.literal("environment")]) });

export const appOperations = {
  listApps: operation({
    method: "GET",
    url: "/v1/apps",
    access: "admin",
    schema: {
      operationId: "listApps",
      tags,
      summary: "Microsoft apps that mailboxes are authorized with",
      querystring: wholeListQuery,
      response: { 200: listOf(appSchema, "MicrosoftAppList") },
    },
  }),
  getAppRegistration: operation({
    method: "GET",
    url: "/v1/app-registration",
    access: "admin",
    schema: {
      operationId: "getAppRegistration",
      tags,
      summary: "What is to be entered at Microsoft: redirect address, permissions",
      response: { 200: registrationSchema },
    },
  }),
  createApp: operation({
    method: "POST",
    url: "/v1/apps",
    access: "admin",
    schema: {
      operationId: "createApp",
      tags,
      summary: "Enter a Microsoft app; its secret is kept encrypted",
      body: appInput,
      response: { 201: appSchema },
    },
  }),
  updateApp: operation({
    method: "PATCH",
    url: "/v1/apps/:id",
    access: "admin",
    schema: {
      operationId: "updateApp",
      tags,
      summary: "Change a Microsoft app; of the environment's only whether it is the default",
      params: appParams,
      body: appChange,
      response: { 200: appSchema },
    },
  }),
  removeApp: operation({
    method: "DELETE",
    url: "/v1/apps/:id",
    access: "admin",
    schema: {
      operationId: "removeApp",
      tags,
      summary: "Remove a Microsoft app that no mailbox uses",
      params: appParams,
      response: { 200: emptySchema },
    },
  }),
  checkApp: operation({
    method: "POST",
    url: "/v1/apps/:id/check",
    access: "admin",
    schema: {
      operationId: "checkApp",
      tags,
      summary: "Find an app's mistakes before anybody signs in; takes up to 15 s",
      params: appParams,
      response: { 200: appSchema },
    },
  }),
  listAppLog: operation({
    method: "GET",
    url: "/v1/apps/:id/log",
    access: "admin",
    schema: {
      operationId: "listAppLog",
      tags,
      summary: "Who changed an app, the newest first",
      params: appParams,
      querystring: wholeListQuery,
      response: { 200: listOf(appLogSchema, "MicrosoftAppLog") },
    },
  }),
} as const;

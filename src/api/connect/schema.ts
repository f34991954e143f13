/** Connecting a mailbox: providers, the wizard's attempts, the public page of a connection link. */
import { z } from "zod";
import { attemptSteps } from "../../connect/attempt-state.ts";
import { settingsSources } from "../../connect/autoconfig/found.ts";
import {
  addressText,
  emptySchema,
  idParams,
  idSchema,
  listOf,
  timeSchema,
  wholeListQuery,
} from "../common-schema.ts";
import {
  checkSchema,
  findingSchema,
  historySchema,
  mailboxSchema,
  serverSchema,
  transportSchema,
} from "../mailboxes/schema.ts";
import { operation } from "../operation.ts";

export const providerSchema = z
  .object({
    id: z
      .string()
      .describe("outlook, microsoft365, gmail, yahoo, icloud, qq, netease, fastmail, other, sandbox"),
    name: z.string(),
    methods: z.array(z.enum(["oauth", "password"])),
    browserReady: z
      .boolean()
      .describe("False: Microsoft would not come back to this address; only the device code works"),
    oauthReady: z.boolean().describe("An app is configured, or the sandbox stands in"),
    apps: z
      .array(z.object({ id: z.string(), name: z.string(), isDefault: z.boolean() }))
      .describe("Microsoft apps to choose from; authorizeMailbox takes one as appId"),
    sandbox: z.boolean(),
    imap: serverSchema.nullable(),
    smtp: serverSchema.nullable(),
    passwordHelpUrl: z.string().nullable(),
    passwordNote: z.string().nullable().describe("Said before anything is typed"),
    permissions: z.array(z.string()).describe("What will be asked for, in plain words"),
  })
  .meta({ id: "Provider" });

export const connectAccountSchema = z.object({
  address: z.string(),
  name: z.string().nullable(),
});

/** What a sign-in may wait for, as the wizard and the page of a connection link show it. */
const decisionFields = {
  relation: z.enum(["own", "shared"]).describe("`shared`: a shared mailbox, opened by who signs in"),
  awaitsMail: z
    .boolean()
    .describe("A mail was sent to the address; its arrival will prove that it is an alias"),
  mayDecide: z
    .boolean()
    .describe("A permission of another account waits for a decision, and this is who may take it"),
  adminLink: z
    .string()
    .nullable()
    .describe("To send to an administrator of the organization, who consents there"),
  adminConsented: z.boolean().describe("The administrator came back: sign in once more"),
};

export const attemptSchema = z
  .object({
    id: idSchema,
    address: z.string(),
    provider: z.string(),
    flow: z.enum(["browser", "device"]),
    transport: transportSchema
      .nullable()
      .describe("How mail shall come, where that was said; null: IMAP first, what opens instead is offered"),
    step: z.enum(attemptSteps),
    checks: z.array(checkSchema),
    finding: findingSchema.nullable(),
    account: connectAccountSchema.nullable().describe("Who signed in"),
    mailboxId: idSchema.nullable(),
    ...decisionFields,
    connectUrl: z.string().describe("Our own page, to open or to send to the mailbox's owner"),
    device: z.object({ userCode: z.string(), verificationUri: z.string(), expiresAt: timeSchema }).nullable(),
    expiresAt: timeSchema,
  })
  .meta({ id: "Attempt" });

export const linkSchema = z
  .object({
    workspaceName: z.string(),
    requestedByName: z.string(),
    address: z.string(),
    providerName: z.string(),
    sandbox: z.boolean(),
    permissions: z.array(z.string()),
    step: z.enum(attemptSteps),
    checks: z.array(checkSchema),
    finding: findingSchema.nullable(),
    account: connectAccountSchema.nullable(),
    /** Only for a signed-in member of the workspace: goes on in the wizard. */
    mailboxId: idSchema.nullable(),
    attemptId: idSchema.nullable(),
    ...decisionFields,
    member: z.boolean(),
    expiresAt: timeSchema,
  })
  .meta({ id: "ConnectLink" });

const serverInput = z.object({
  host: z.string().trim().min(1).max(255),
  port: z.number().int().min(1).max(65_535),
  security: z.enum(["none", "starttls", "tls"]),
});

export const passwordMailboxBody = z
  .object({
    address: addressText,
    displayName: z.string().trim().max(100).default(""),
    provider: z.string().max(40).default("other"),
    imap: serverInput,
    smtp: serverInput.nullable().default(null),
    username: z.string().trim().min(1).max(320),
    password: z.string().min(1).max(1000),
    folders: z
      .array(z.string().max(1000))
      .max(1000)
      .optional()
      .describe("Paths; chosen at once, without the wizard"),
    history: historySchema.optional(),
    readOnly: z.boolean().optional(),
    keepRaw: z.boolean().optional().describe("Keep the original of every message here"),
    mailboxId: idSchema.optional().describe("Reconnect this mailbox"),
  })
  .meta({ id: "PasswordMailbox" });

export const foundSettingsSchema = z
  .object({
    address: z.string(),
    provider: z.string().describe("A tile of listProviders; `other` when it is none"),
    source: z
      .enum(settingsSources)
      .describe("provider, mx, autoconfig (a file of the domain), srv (its DNS), guess (tried), none"),
    from: z.string().describe("The host that told it"),
    imap: serverSchema.nullable(),
    smtp: serverSchema.nullable(),
    username: z.string(),
    reachable: z.boolean().nullable().describe("The server greets as such; null: it was not asked"),
  })
  .meta({ id: "FoundSettings" });

const tags = ["Connecting"];
const decisionBody = z
  .object({
    what: z
      .enum(["alias", "shared"])
      .describe(
        "`alias`: another name of the account, which is proved; `shared`: a shared mailbox that it may open",
      ),
  })
  .meta({ id: "AttemptDecision" });
const linkParams = z.object({ link: z.string().min(20).max(200) });

export const connectOperations = {
  listProviders: operation({
    method: "GET",
    url: "/v1/providers",
    access: "agent",
    schema: {
      operationId: "listProviders",
      tags,
      summary: "Providers, and the one that fits an address",
      querystring: wholeListQuery.extend({ address: z.string().max(320).optional() }),
      response: {
        200: z
          .object({
            items: z.array(providerSchema),
            nextCursor: z.string().nullable(),
            suggested: z.string().nullable(),
          })
          .meta({ id: "ProviderList" }),
      },
    },
  }),
  createPasswordMailbox: operation({
    method: "POST",
    url: "/v1/mailboxes",
    access: "admin",
    schema: {
      operationId: "createPasswordMailbox",
      tags,
      summary: "Connect by app password; the login is tried before anything is stored",
      body: passwordMailboxBody,
      response: { 201: mailboxSchema },
    },
  }),
  lookUpSettings: operation({
    method: "POST",
    url: "/v1/settings/lookup",
    access: "admin",
    schema: {
      operationId: "lookUpSettings",
      tags,
      summary: "Automatic settings of an address: who runs its mail, servers, user name; takes up to 12 s",
      body: z.object({ address: addressText }).meta({ id: "SettingsLookup" }),
      response: { 200: foundSettingsSchema },
    },
  }),
  authorizeMailbox: operation({
    method: "POST",
    url: "/v1/mailboxes/authorize",
    access: "admin",
    schema: {
      operationId: "authorizeMailbox",
      tags,
      summary: "Begin an Official Authorization; answers our own /connect page, or a device code",
      body: z
        .object({
          address: addressText,
          provider: z.string().max(40).optional(),
          flow: z.enum(["browser", "device"]).default("browser"),
          mailboxId: idSchema.optional().describe("Reconnect this mailbox"),
          share: z
            .boolean()
            .optional()
            .describe("The link is for somebody else: good for a week, not 15 minutes"),
          shared: z
            .boolean()
            .optional()
            .describe("A shared mailbox of a work account, opened by who signs in"),
          delegate: addressText.optional().describe("Who opens the shared mailbox"),
          appId: z
            .union([idSchema, z.literal("environment")])
            .optional()
            .describe("A Microsoft app; left out: the mailbox's own, else the workspace's default"),
          transport: transportSchema
            .optional()
            .describe("How mail shall come; left out: IMAP first, what opens instead is offered"),
        })
        .meta({ id: "AuthorizeMailbox" }),
      response: { 201: attemptSchema },
    },
  }),
  listAttempts: operation({
    method: "GET",
    url: "/v1/attempts",
    access: "admin",
    schema: {
      operationId: "listAttempts",
      tags,
      summary: "Attempts that can be gone on with, newest first",
      querystring: wholeListQuery,
      response: { 200: listOf(attemptSchema, "AttemptList") },
    },
  }),
  decideAttempt: operation({
    method: "POST",
    url: "/v1/attempts/:id/decide",
    access: "admin",
    schema: {
      operationId: "decideAttempt",
      tags,
      summary:
        "Say what the address is to the account that entered the device code; an alias is proved first",
      params: idParams,
      body: decisionBody,
      response: { 200: attemptSchema },
    },
  }),
  getAttempt: operation({
    method: "GET",
    url: "/v1/attempts/:id",
    access: "admin",
    schema: {
      operationId: "getAttempt",
      tags,
      summary: "How far a connection attempt is",
      params: idParams,
      response: { 200: attemptSchema },
    },
  }),
  verifyAttempt: operation({
    method: "POST",
    url: "/v1/attempts/:id/verify",
    access: "admin",
    schema: {
      operationId: "verifyAttempt",
      tags,
      summary: "Check again with the permission that was given",
      params: idParams,
      response: { 200: attemptSchema },
    },
  }),
  getConnectLink: operation({
    method: "GET",
    url: "/v1/connect/:link",
    access: "public",
    schema: {
      operationId: "getConnectLink",
      tags,
      summary: "What a connection link is for",
      params: linkParams,
      response: { 200: linkSchema },
    },
  }),
  startConnectLink: operation({
    method: "POST",
    url: "/v1/connect/:link/start",
    access: "public",
    schema: {
      operationId: "startConnectLink",
      tags,
      summary:
        "Bind this browser and learn the provider's address to go to; our own page where the permission given before serves",
      params: linkParams,
      body: z
        .object({ transport: transportSchema.optional().describe("Another way to the mailbox than before") })
        .nullish()
        .meta({ id: "StartConnectLink" }),
      response: { 200: z.object({ redirectTo: z.string() }).meta({ id: "ConnectRedirect" }) },
    },
  }),
  decideConnectLink: operation({
    method: "POST",
    url: "/v1/connect/:link/decide",
    access: "public",
    schema: {
      operationId: "decideConnectLink",
      tags,
      summary: "Say what the address is to the account that signed in; only in the browser that did",
      params: linkParams,
      body: decisionBody,
      response: { 200: emptySchema },
    },
  }),
  dismissAttempt: operation({
    method: "DELETE",
    url: "/v1/attempts/:id",
    access: "admin",
    schema: {
      operationId: "dismissAttempt",
      tags,
      summary: "Give an attempt up",
      params: idParams,
      response: { 200: emptySchema },
    },
  }),
} as const;

/** Mailboxes: list, state, folders, findings, log. Connecting one stands in `connect/`. */
import { z } from "zod";
import { stepActions } from "../../connect/findings/types.ts";
import {
  emptySchema,
  idParams,
  idSchema,
  listOf,
  pageQuery,
  timeSchema,
  wholeListQuery,
} from "../common-schema.ts";
import { operation } from "../operation.ts";

export const mailboxStateSchema = z
  .enum(["connecting", "listing", "backfilling", "live", "backing_off", "needs_attention", "paused"])
  .meta({ id: "MailboxState" });
export const historySchema = z.enum(["all", "1y", "3m", "1m", "none"]).meta({ id: "History" });
export const transportSchema = z.enum(["imap", "graph", "pop3"]).meta({ id: "Transport" });
export const seenPolicySchema = z.enum(["opening", "answering", "never"]);

const wayOutSchema = z.object({
  text: z.string(),
  detail: z.string().nullable(),
  link: z.string().nullable(),
  /** What a button can do at once. */
  action: z.enum([...stepActions, "none"]),
});

export const findingSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    severity: z.enum(["blocking", "warning"]),
    title: z.string(),
    cause: z.string(),
    who: z.enum(["you", "admin", "operator", "microsoft", "time"]),
    steps: z.array(wayOutSchema),
    /** What we do meanwhile. */
    meanwhile: z.string(),
    evidence: z.array(z.object({ at: timeSchema, step: z.string(), line: z.string() })),
    openedAt: timeSchema,
    closedAt: timeSchema.nullable(),
    nextCheckAt: timeSchema.nullable(),
  })
  .meta({ id: "Finding" });

export const checkSchema = z
  .object({
    step: z.enum(["account", "mailbox", "reading", "sending"]),
    state: z.enum(["waiting", "running", "ok", "failed", "skipped"]),
    ms: z.number().int().nullable(),
  })
  .meta({ id: "Check" });

export const progressSchema = z
  .object({
    total: z.number().int(),
    done: z.number().int(),
    perSecond: z.number(),
    secondsLeft: z.number().nullable(),
  })
  .meta({ id: "Progress" });

export const serverSchema = z
  .object({ host: z.string(), port: z.number().int(), security: z.enum(["none", "starttls", "tls"]) })
  .meta({ id: "MailServer" });

export const processSchema = z
  .object({ kind: z.string().describe("`serve` or `worker`"), hostname: z.string(), pid: z.number().int() })
  .meta({ id: "Process" });

/** How far a mailbox is from being in step; of `GET /v1/status` too. */
export const healthShape = {
  inStepAt: timeSchema
    .nullable()
    .describe(
      "Last proof of being in step with the server; while all is well there is one at least every five minutes",
    ),
  lagSeconds: z
    .number()
    .int()
    .nullable()
    .describe("Since that proof; null while it need not be in step (paused, folders not chosen)"),
  backlog: z.number().int().describe("Messages of the chosen history that are still to come"),
  throttledUntil: timeSchema.nullable().describe("The pause that the server asked for, while it lasts"),
  owner: processSchema.nullable().describe("The process that looks after it; null: none that lives"),
};

export const mailboxSchema = z
  .object({
    id: idSchema,
    address: z.string(),
    displayName: z.string(),
    provider: z.string(),
    method: z.enum(["oauth", "password"]),
    transport: transportSchema.describe("How mail comes"),
    automaticTransport: z.boolean().describe("It may take another way by itself when this one is closed"),
    transports: z.array(transportSchema).describe("Ways that it may be changed to"),
    state: mailboxStateSchema,
    stateSince: timeSchema,
    foldersChosen: z.boolean(),
    history: historySchema,
    readOnly: z.boolean(),
    newFolders: z.boolean(),
    seenPolicy: seenPolicySchema,
    keepRaw: z.boolean(),
    signatureHtml: z.string(),
    ...healthShape,
    intentsPending: z.number().int().describe("Changes of ours that have not reached the server"),
    progress: progressSchema.nullable(),
    servers: z.object({ imap: serverSchema.nullable(), smtp: serverSchema.nullable() }),
    finding: findingSchema.nullable().describe("The gravest open finding"),
    connectedBy: z.string().nullable().describe("The person who connected it"),
    relation: z
      .enum(["own", "alias", "shared"])
      .describe("The address is the account's own, another name of it that was proved, or a shared mailbox"),
    account: z.string().describe("The name that signs in"),
    createdAt: timeSchema,
  })
  .meta({ id: "Mailbox" });

export const folderSchema = z
  .object({
    id: idSchema,
    path: z.string(),
    name: z.string(),
    parentPath: z.string().nullable(),
    role: z.string().nullable(),
    kind: z.enum(["mail", "other"]),
    selectable: z.boolean(),
    selected: z.boolean(),
    messages: z.number().int().nullable().describe("On the server"),
    stored: z.number().int().describe("Here"),
    problem: z.string().nullable(),
  })
  .meta({ id: "Folder" });

export const foldersSchema = z
  .object({
    items: z.array(folderSchema),
    nextCursor: z.string().nullable(),
    listed: z.boolean().describe("False while the first listing is under way"),
  })
  .meta({ id: "FolderList" });

const logEntrySchema = z
  .object({ id: idSchema, code: z.string(), text: z.string(), createdAt: timeSchema })
  .meta({ id: "MailboxLogEntry" });

const tags = ["Mailboxes"];

export const mailboxOperations = {
  listMailboxes: operation({
    method: "GET",
    url: "/v1/mailboxes",
    access: "agent",
    schema: {
      operationId: "listMailboxes",
      tags,
      summary: "All mailboxes with their state",
      querystring: wholeListQuery,
      response: { 200: listOf(mailboxSchema, "MailboxList") },
    },
  }),
  getMailbox: operation({
    method: "GET",
    url: "/v1/mailboxes/:id",
    access: "agent",
    schema: {
      operationId: "getMailbox",
      tags,
      summary: "One mailbox",
      params: idParams,
      response: { 200: mailboxSchema },
    },
  }),
  updateMailbox: operation({
    method: "PATCH",
    url: "/v1/mailboxes/:id",
    access: "admin",
    schema: {
      operationId: "updateMailbox",
      tags,
      summary: "Change settings, pause or resume",
      params: idParams,
      body: z
        .object({
          displayName: z.string().trim().max(100),
          readOnly: z.boolean(),
          newFolders: z.boolean(),
          seenPolicy: seenPolicySchema,
          keepRaw: z.boolean(),
          automaticTransport: z.boolean(),
          signatureHtml: z.string().max(20_000),
          paused: z.boolean(),
        })
        .partial(),
      response: { 200: mailboxSchema },
    },
  }),
  removeMailbox: operation({
    method: "DELETE",
    url: "/v1/mailboxes/:id",
    access: "admin",
    schema: {
      operationId: "removeMailbox",
      tags,
      summary: "Disconnect; `data=erase` also erases its mail here (never on the server)",
      params: idParams,
      querystring: z.object({
        data: z
          .enum(["keep", "erase"])
          .default("keep")
          .describe("`keep`: its conversations stay; connecting the address again goes on with them"),
      }),
      response: { 200: emptySchema },
    },
  }),
  testMailbox: operation({
    method: "POST",
    url: "/v1/mailboxes/:id/test",
    access: "agent",
    schema: {
      operationId: "testMailbox",
      tags,
      summary: "Test the connection now (at most 15 s)",
      params: idParams,
      response: {
        200: z
          .object({ ok: z.boolean(), checks: z.array(checkSchema), finding: findingSchema.nullable() })
          .meta({ id: "TestResult" }),
      },
    },
  }),
  changeTransport: operation({
    method: "POST",
    url: "/v1/mailboxes/:id/transport",
    access: "admin",
    schema: {
      operationId: "changeTransport",
      tags,
      summary: "Change how mail comes: tried first, changed only when the new way opens",
      params: idParams,
      body: z.object({ transport: transportSchema }).meta({ id: "ChangeTransport" }),
      response: {
        200: z
          .object({
            changed: z.boolean(),
            needsConsent: z
              .boolean()
              .describe(
                "The owner signs in once more: POST /v1/mailboxes/authorize with mailboxId and transport",
              ),
            checks: z.array(checkSchema),
            finding: findingSchema.nullable(),
          })
          .meta({ id: "TransportChange" }),
      },
    },
  }),
  listFindings: operation({
    method: "GET",
    url: "/v1/mailboxes/:id/findings",
    access: "agent",
    schema: {
      operationId: "listFindings",
      tags,
      summary: "Findings, open ones first",
      params: idParams,
      querystring: wholeListQuery,
      response: { 200: listOf(findingSchema, "FindingList") },
    },
  }),
  listMailboxLog: operation({
    method: "GET",
    url: "/v1/mailboxes/:id/log",
    access: "agent",
    schema: {
      operationId: "listMailboxLog",
      tags,
      summary: "What happened, in plain words, newest first",
      params: idParams,
      querystring: pageQuery,
      response: { 200: listOf(logEntrySchema, "MailboxLog") },
    },
  }),
  listFolders: operation({
    method: "GET",
    url: "/v1/mailboxes/:id/folders",
    access: "agent",
    schema: {
      operationId: "listFolders",
      tags,
      summary: "The folders on the server",
      params: idParams,
      querystring: wholeListQuery,
      response: { 200: foldersSchema },
    },
  }),
  chooseFolders: operation({
    method: "PUT",
    url: "/v1/mailboxes/:id/folders",
    access: "admin",
    schema: {
      operationId: "chooseFolders",
      tags,
      summary: "Choose folders and history; syncing starts",
      params: idParams,
      body: z
        .object({
          selected: z
            .array(z.string().max(1000))
            .min(1, "Choose at least one folder.")
            .max(1000)
            .describe("Folder ids or paths"),
          history: historySchema.optional(),
          newFolders: z.boolean().optional(),
          readOnly: z.boolean().optional(),
        })
        .meta({ id: "FolderChoice" }),
      response: { 200: foldersSchema },
    },
  }),
  estimateFolders: operation({
    method: "POST",
    url: "/v1/mailboxes/:id/estimate",
    access: "admin",
    schema: {
      operationId: "estimateFolders",
      tags,
      summary: "Messages and time an import would take",
      params: idParams,
      body: z.object({ folders: z.array(z.string().max(1000)).max(1000), history: historySchema }),
      response: {
        200: z.object({ messages: z.number().int(), seconds: z.number().int() }).meta({ id: "Estimate" }),
      },
    },
  }),
} as const;

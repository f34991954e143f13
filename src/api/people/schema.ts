/** First owner, session, members, invitations and API keys. */
import { z } from "zod";
import {
  addressText,
  emptySchema,
  idParams,
  idSchema,
  listOf,
  roleSchema,
  timeSchema,
  wholeListQuery,
} from "../common-schema.ts";
import { operation } from "../operation.ts";

const languageSchema = z.enum(["en", "zh"]);
const passwordText = z.string().min(10, "A password needs at least 10 characters.").max(200);
const nameText = z.string().trim().min(1).max(100);

export const sessionSchema = z
  .object({
    setupNeeded: z.boolean(),
    user: z
      .object({ id: z.string(), name: z.string(), email: z.string(), language: languageSchema.nullable() })
      .nullable(),
    workspace: z
      .object({
        id: idSchema,
        name: z.string(),
        mailTrouble: z.boolean().describe("People are written to when a mailbox needs somebody"),
      })
      .nullable(),
    role: roleSchema.nullable(),
    workspaces: z.array(z.object({ id: idSchema, name: z.string() })),
    sandbox: z.boolean().describe("The sandbox stands in for Microsoft"),
    version: z.string(),
  })
  .meta({ id: "Session" });

export const setupBody = z
  .object({
    token: z.string().min(1).max(200),
    email: addressText,
    name: nameText,
    workspace: nameText,
    password: passwordText,
    apiKey: z
      .boolean()
      .default(false)
      .describe("Also make an API key of the owner's role and return it once"),
  })
  .meta({ id: "Setup" });

export const setupResultSchema = z
  .object({ workspaceId: idSchema, userId: z.string(), apiKey: z.string().nullable() })
  .meta({ id: "SetupResult" });

export const memberSchema = z
  .object({
    userId: z.string(),
    name: z.string(),
    email: z.string(),
    role: roleSchema,
    createdAt: timeSchema,
  })
  .meta({ id: "Member" });

export const invitationSchema = z
  .object({ id: idSchema, email: z.string(), role: roleSchema, expiresAt: timeSchema, createdAt: timeSchema })
  .meta({ id: "Invitation" });

export const apiKeySchema = z
  .object({
    id: idSchema,
    name: z.string(),
    role: roleSchema,
    prefix: z.string(),
    createdAt: timeSchema,
    lastUsedAt: timeSchema.nullable(),
  })
  .meta({ id: "ApiKey" });

const tags = ["People"];
const userParams = z.object({ userId: z.string().max(100) });

export const peopleOperations = {
  getSession: operation({
    method: "GET",
    url: "/v1/session",
    access: "public",
    schema: {
      operationId: "getSession",
      tags,
      summary: "Who is signed in, and where",
      response: { 200: sessionSchema },
    },
  }),
  setup: operation({
    method: "POST",
    url: "/v1/setup",
    access: "public",
    schema: {
      operationId: "setup",
      tags,
      summary: "Make the first owner with the one-time token",
      body: setupBody,
      response: { 201: setupResultSchema },
    },
  }),
  updateMe: operation({
    method: "PATCH",
    url: "/v1/me",
    access: "agent",
    schema: {
      operationId: "updateMe",
      tags,
      summary: "Change one's own name or language",
      body: z.object({ name: nameText.optional(), language: languageSchema.optional() }),
      response: { 200: emptySchema },
    },
  }),
  updateWorkspace: operation({
    method: "PATCH",
    url: "/v1/workspace",
    access: "owner",
    schema: {
      operationId: "updateWorkspace",
      tags,
      summary: "Rename the workspace, or change its settings",
      body: z.object({ name: nameText.optional(), mailTrouble: z.boolean().optional() }),
      response: { 200: emptySchema },
    },
  }),
  listMembers: operation({
    method: "GET",
    url: "/v1/members",
    access: "agent",
    schema: {
      operationId: "listMembers",
      tags,
      summary: "The team",
      querystring: wholeListQuery,
      response: { 200: listOf(memberSchema, "MemberList") },
    },
  }),
  updateMember: operation({
    method: "PATCH",
    url: "/v1/members/:userId",
    access: "owner",
    schema: {
      operationId: "updateMember",
      tags,
      summary: "Change a member's role",
      params: userParams,
      body: z.object({ role: roleSchema }),
      response: { 200: memberSchema },
    },
  }),
  removeMember: operation({
    method: "DELETE",
    url: "/v1/members/:userId",
    access: "owner",
    schema: {
      operationId: "removeMember",
      tags,
      summary: "Remove a member",
      params: userParams,
      response: { 200: emptySchema },
    },
  }),
  listInvitations: operation({
    method: "GET",
    url: "/v1/invitations",
    access: "admin",
    schema: {
      operationId: "listInvitations",
      tags,
      summary: "Open invitations",
      querystring: wholeListQuery,
      response: { 200: listOf(invitationSchema, "InvitationList") },
    },
  }),
  createInvitation: operation({
    method: "POST",
    url: "/v1/invitations",
    access: "admin",
    schema: {
      operationId: "createInvitation",
      tags,
      summary: "Invite a person; the link is shown once",
      body: z.object({ email: addressText, role: roleSchema.default("agent") }),
      response: {
        201: z.object({ invitation: invitationSchema, url: z.string() }).meta({ id: "CreatedInvitation" }),
      },
    },
  }),
  removeInvitation: operation({
    method: "DELETE",
    url: "/v1/invitations/:id",
    access: "admin",
    schema: {
      operationId: "removeInvitation",
      tags,
      summary: "Withdraw an invitation",
      params: idParams,
      response: { 200: emptySchema },
    },
  }),
  getInvitation: operation({
    method: "POST",
    url: "/v1/invitations/look",
    access: "public",
    schema: {
      operationId: "getInvitation",
      tags,
      summary: "What an invitation's token is for",
      body: z.object({ token: z.string().max(200) }),
      response: {
        200: z
          .object({ workspace: z.string(), email: z.string(), role: roleSchema, hasAccount: z.boolean() })
          .meta({ id: "InvitationLook" }),
      },
    },
  }),
  acceptInvitation: operation({
    method: "POST",
    url: "/v1/invitations/accept",
    access: "public",
    schema: {
      operationId: "acceptInvitation",
      tags,
      summary: "Join the workspace: with a new account, or with the password of one's own",
      body: z.object({
        token: z.string().max(200),
        name: nameText.optional(),
        password: z.string().min(1).max(200),
      }),
      response: { 201: z.object({ workspaceId: idSchema }).meta({ id: "AcceptedInvitation" }) },
    },
  }),
  listApiKeys: operation({
    method: "GET",
    url: "/v1/api-keys",
    access: "admin",
    schema: {
      operationId: "listApiKeys",
      tags,
      summary: "API keys, without their secrets",
      querystring: wholeListQuery,
      response: { 200: listOf(apiKeySchema, "ApiKeyList") },
    },
  }),
  createApiKey: operation({
    method: "POST",
    url: "/v1/api-keys",
    access: "admin",
    schema: {
      operationId: "createApiKey",
      tags,
      summary: "Make an API key; it is shown once",
      body: z.object({ name: nameText, role: roleSchema.default("agent") }),
      response: { 201: z.object({ apiKey: apiKeySchema, key: z.string() }).meta({ id: "CreatedApiKey" }) },
    },
  }),
  revokeApiKey: operation({
    method: "DELETE",
    url: "/v1/api-keys/:id",
    access: "admin",
    schema: {
      operationId: "revokeApiKey",
      tags,
      summary: "Revoke an API key",
      params: idParams,
      response: { 200: emptySchema },
    },
  }),
} as const;

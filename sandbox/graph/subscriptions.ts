/**
 * `/subscriptions`: change notifications to a client's own address. https://learn.microsoft.com/graph/api/resources/subscription,
 * https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 */
import { randomBytes, randomUUID } from "node:crypto";
import { checkScope, ownerOf } from "./authorize.ts";
import type { Caller, GraphAnswer, GraphCall, GraphContext, OpenMailbox } from "./call.ts";
import { wantsImmutableIds } from "./call.ts";
import { GraphError, mailboxNotEnabled } from "./errors.ts";
import { findMessageFolder } from "./folders.ts";
import { readObject, textMember } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { ChangeType, Subscription } from "./subscription-list.ts";
import { readTarget } from "./target.ts";

const longestLifeMs = 10_080 * 60_000;
const longestClientState = 128;
const mostOfMailbox = 1000;
const validationMs = 10_000;
/** The application that the sandbox knows; see identity/registration.ts. */
const applicationId = "5a9d0b0c-4d1c-4f0e-9b0a-71e0ca5e0001";

const invalid = (message: string): GraphError => new GraphError(400, "ValidationError", message);

const notFound = (): GraphError => new GraphError(404, "ResourceNotFound", "The object was not found.");

/** Answers below `/subscriptions`; `rest` are the segments after it. */
export async function answerSubscriptions(
  context: GraphContext,
  call: GraphCall,
  caller: Caller,
  rest: string[],
): Promise<GraphAnswer> {
  const [id, action] = rest;
  if (id === undefined) {
    if (call.method === "POST") return create(context, call, caller);
    if (call.method === "GET") return list(context, caller);
  } else if (action === undefined || (call.method === "POST" && action === "reauthorize")) {
    const subscription = context.subscriptions.find(id);
    if (!subscription || subscription.creator !== caller.persona.id) throw notFound();
    if (action !== undefined) return { status: 204 };
    if (call.method === "GET") return { status: 200, body: resource(context, subscription) };
    if (call.method === "PATCH") return renew(context, call, subscription);
    if (call.method === "DELETE") {
      context.subscriptions.remove(id);
      return { status: 204 };
    }
  }
  throw new GraphError(
    405,
    "Request_BadRequest",
    "Specified HTTP method is not allowed for the request target.",
  );
}

function list(context: GraphContext, caller: Caller): GraphAnswer {
  const own = context.subscriptions.all().filter((one) => one.creator === caller.persona.id);
  const metadata = `${context.graphUrl}/v1.0/$metadata#subscriptions`;
  return { status: 200, body: { "@odata.context": metadata, value: own.map((one) => shown(one)) } };
}

function shown(one: Subscription): JsonObject {
  return {
    id: one.id,
    resource: one.resource,
    applicationId,
    changeType: one.changeTypes.join(","),
    clientState: null,
    notificationUrl: one.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: one.lifecycleNotificationUrl,
    expirationDateTime: new Date(one.expiresAt).toISOString(),
    creatorId: one.ownerOid,
    includeResourceData: null,
    latestSupportedTlsVersion: "v1_2",
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}

const resource = (context: GraphContext, one: Subscription): JsonObject => ({
  "@odata.context": `${context.graphUrl}/v1.0/$metadata#subscriptions/$entity`,
  ...shown(one),
});

async function create(context: GraphContext, call: GraphCall, caller: Caller): Promise<GraphAnswer> {
  const json = readObject(call.body);
  const path = needed(json, "resource");
  const notificationUrl = checkedUrl(needed(json, "notificationUrl"), "notificationUrl");
  const lifecycle = textMember(json, "lifecycleNotificationUrl");
  const clientState = textMember(json, "clientState");
  if ((clientState ?? "").length > longestClientState) {
    throw invalid(`clientState must not be longer than ${longestClientState} characters.`);
  }
  const about = watched(context, call, caller, path);
  const subscription: Subscription = {
    id: randomUUID(),
    creator: caller.persona.id,
    ...about,
    resource: path,
    changeTypes: changeTypes(needed(json, "changeType")),
    notificationUrl,
    lifecycleNotificationUrl: lifecycle === null ? null : checkedUrl(lifecycle, "lifecycleNotificationUrl"),
    clientState,
    expiresAt: expiry(context, json),
    immutableIds: wantsImmutableIds(call),
  };
  if (context.subscriptions.of(about.mailboxId).length >= mostOfMailbox) {
    throw new GraphError(403, "ErrorQuotaExceeded", "The limit of 1000 subscriptions was reached.");
  }
  for (const url of new Set([notificationUrl, subscription.lifecycleNotificationUrl ?? notificationUrl])) {
    await validate(url);
  }
  context.subscriptions.put(subscription);
  return { status: 201, body: { ...resource(context, subscription), clientState } };
}

function needed(json: JsonObject, name: string): string {
  const value = textMember(json, name);
  if (value === null || value === "") throw invalid(`The property '${name}' is required.`);
  return value;
}

/** Microsoft takes https alone; on this machine plain http is taken as well. */
function checkedUrl(text: string, name: string): string {
  const url = URL.parse(text);
  const isHere = url !== null && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isHere)) return text;
  throw invalid(`The ${name} must be an address of https.`);
}

function changeTypes(text: string): ChangeType[] {
  const types = text.split(",").map((one) => one.trim().toLowerCase());
  if (types.every((one) => one === "created" || one === "updated" || one === "deleted")) return types;
  throw invalid(`The changeType '${text}' is not supported.`);
}

function expiry({ now }: GraphContext, json: JsonObject): number {
  const at = Date.parse(needed(json, "expirationDateTime"));
  if (Number.isNaN(at) || at <= now()) throw invalid("The expirationDateTime must be in the future.");
  if (at > now() + longestLifeMs) {
    throw invalid("Subscription expiration can only be 10080 minutes in the future.");
  }
  return at;
}

type Watched = Pick<Subscription, "mailboxId" | "folderId" | "tenantId" | "ownerOid">;

/** What a resource like `me/mailFolders('inbox')/messages` names. */
function watched(context: GraphContext, call: GraphCall, caller: Caller, path: string): Watched {
  const { segments } = readTarget(path.replace(/^\/?(?:v1\.0\/)?/, "/"));
  const user = segments[0]?.toLowerCase() === "users" ? (segments[1] ?? null) : null;
  const rest = segments.slice(user === null ? 1 : 2);
  const isRoot = ["me", "users"].includes(segments[0]?.toLowerCase() ?? "");
  const inFolder = rest.length === 3 && rest[0]?.toLowerCase() === "mailfolders";
  const folder = inFolder ? rest[1] : undefined;
  if (!isRoot || rest.at(-1)?.toLowerCase() !== "messages" || (rest.length !== 1 && !inFolder)) {
    throw invalid(`The resource '${path}' is not supported.`);
  }
  const owner = ownerOf(context, caller, user);
  checkScope(caller, owner, "read");
  const mailboxId = context.store.mailboxId(owner.address);
  if (mailboxId === null) throw mailboxNotEnabled();
  const mailbox: OpenMailbox = { context, call, caller, owner, mailboxId, prefix: "me", immutableIds: false };
  const folderId = folder === undefined ? null : findMessageFolder(mailbox, folder).id;
  return { mailboxId, folderId, tenantId: owner.tid, ownerOid: owner.oid };
}

/** @throws GraphError ValidationError when the address does not answer with the token in 10 seconds */
async function validate(address: string): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomBytes(16).toString("hex")}`;
  const url = new URL(address);
  url.searchParams.set("validationToken", token);
  const answer = await answerTo(url);
  if (answer.status !== 200) {
    throw invalid(
      "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.",
    );
  }
  if (answer.text !== token || !answer.type.startsWith("text/plain")) {
    throw invalid(
      "Subscription validation request failed. Response must exactly match validationToken query parameter.",
    );
  }
}

async function answerTo(url: URL): Promise<{ status: number; type: string; text: string }> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "text/plain; charset=utf-8" },
      redirect: "manual",
      signal: AbortSignal.timeout(validationMs),
    });
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, type, text: await response.text() };
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") {
      throw invalid("Subscription validation request timed out.");
    }
    throw invalid("Subscription validation request failed. The notification endpoint could not be reached.");
  }
}

/** PATCH: a new life; it cannot be shortened below now, nor beyond what a new one may have. */
function renew(context: GraphContext, call: GraphCall, subscription: Subscription): GraphAnswer {
  const json = readObject(call.body);
  const renewed = { ...subscription, expiresAt: expiry(context, json) };
  context.subscriptions.put(renewed);
  return { status: 200, body: resource(context, renewed) };
}

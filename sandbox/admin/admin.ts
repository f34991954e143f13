/**
 * `/admin/…`: what tests need to move the sandbox. Only on the sandbox's own port, never through the
 * product's proxy, and only with the token of this start.
 *
 *   POST /admin/mail                     { from, to, subject, text, html?, inReplyTo?, references? }
 *   GET  /admin/mailboxes/{address}      folders with their messages
 *   POST /admin/tokens/expire            { address }: its access tokens are refused from now on
 *   POST /admin/tokens/revoke            { address }: its refresh tokens too
 *   POST /admin/consents/forget          { address }: it is asked for consent again, its administrator too
 *   GET  /admin/personas                 every persona with its trouble and how its mailbox is switched
 *   POST /admin/personas/switch          { address, imap?, pop?, ready? }: booleans
 *   POST /admin/personas/ready-after     { ms }: how long new mailboxes take from now on
 *   POST /admin/personas/refuse          { address, at, refusal, times? }: see identity/refusals.ts; any persona, any step
 *   GET  /admin/counters/{address}       what was asked of the mailbox since the start or the last reset
 *   POST /admin/counters/reset           { address }
 *   GET  /admin/faults/{address}         the faults that can still strike
 *   POST /admin/faults                   { address, fault, forSeconds?, times?, probability?, … }: see graph/faults.ts
 *   POST /admin/faults/clear             { address, fault? }
 *   POST /admin/graph/deltas/expire      { address }: its delta tokens are refused from now on
 *   GET  /admin/graph/subscriptions/{address}
 *   GET  /admin/graph/notifications/{address}   what was sent to its clients' addresses, and their answers
 *   POST /admin/graph/subscriptions/remove      { address, notice? }: with a lifecycle notice unless it is false
 *   POST /admin/graph/subscriptions/lifecycle   { address, event }: reauthorizationRequired or missed
 */

import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, MailControl, MailStore } from "../contract.ts";
import { readJson } from "../http/form.ts";
import { replyJson } from "../http/reply.ts";
import type { State } from "../identity/state.ts";
import { personaByAddress, type Persona } from "../personas.ts";
import type { Switches } from "../switches.ts";
import { composeMail, parseAdminMail } from "./compose.ts";
import { changeFronts, lookAt } from "./control.ts";
import { changePersona, listPersonas, setReadyAfter } from "./personas.ts";

export type AdminContext = {
  token: string;
  clock: Clock;
  state: State;
  switches: Switches;
  /** Undefined while mail does not run. */
  mailStore(): MailStore | undefined;
  /** Undefined while Graph does not run. */
  control(): MailControl | undefined;
};

export async function handleAdmin(
  admin: AdminContext,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
): Promise<void> {
  if (!authorized(admin, req)) return replyJson(res, 401, { error: "the admin token is missing or wrong" });
  const mailbox = /^\/admin\/mailboxes\/([^/]+)$/.exec(path)?.[1];
  if (req.method === "GET" && mailbox !== undefined) return listMailbox(admin, res, decoded(mailbox));
  if (req.method === "GET" && path === "/admin/personas") return listPersonas(admin, res);
  if (req.method === "GET" && lookAt(admin, res, path)) return;
  if (req.method !== "POST") return replyJson(res, 404, { error: "no such admin call" });
  const body = await readJson(req);
  if (path === "/admin/mail") return deliver(admin, res, body);
  if (path === "/admin/personas/ready-after") return setReadyAfter(admin, res, body);
  if (changeFronts(admin, res, path, body)) return;
  const change = changes[path];
  if (change === undefined) return replyJson(res, 404, { error: "no such admin call" });
  const address = typeof body === "object" && body !== null ? Reflect.get(body, "address") : undefined;
  const persona = typeof address === "string" ? personaByAddress(address) : undefined;
  if (persona === undefined) return replyJson(res, 404, { error: "no persona has this address" });
  const problem = change(admin, persona, body);
  if (typeof problem === "string") return replyJson(res, 400, { error: problem });
  replyJson(res, 200, { done: true });
}

type Change = (admin: AdminContext, persona: Persona, body: unknown) => string | void;

const changes: Record<string, Change> = {
  "/admin/tokens/expire": ({ state }, { oid }) => state.endAccessTokens(oid),
  "/admin/tokens/revoke": ({ state }, { oid }) => {
    state.endAccessTokens(oid);
    state.revokeRefreshTokens(oid);
  },
  "/admin/consents/forget": ({ state }, { oid, tid }) => {
    state.forgetConsents(oid);
    state.takeBackForAll(tid);
  },
  ...changePersona,
};

function authorized({ token }: AdminContext, req: IncomingMessage): boolean {
  // Whoever comes through a proxy is not on this machine for certain.
  if (req.headers["x-forwarded-for"] !== undefined || req.headers["forwarded"] !== undefined) return false;
  const given = Buffer.from(req.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function listMailbox({ mailStore }: AdminContext, res: ServerResponse, address: string): Promise<void> {
  const store = mailStore();
  if (store === undefined) return replyJson(res, 503, { error: "mail does not run" });
  const folders = await store.list(address.trim().toLowerCase());
  if (folders === null) return replyJson(res, 404, { error: "no persona has this address" });
  replyJson(res, 200, { address, folders });
}

async function deliver(
  { mailStore, clock }: AdminContext,
  res: ServerResponse,
  body: unknown,
): Promise<void> {
  const mail = parseAdminMail(body);
  if (typeof mail === "string") return replyJson(res, 400, { error: mail });
  const to = mail.to.map((text) => (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).trim().toLowerCase());
  const unknown = to.filter((address) => personaByAddress(address) === undefined);
  if (unknown.length > 0)
    return replyJson(res, 404, { error: `no persona has the address ${unknown.join(", ")}` });
  const store = mailStore();
  if (store === undefined) return replyJson(res, 503, { error: "mail does not run" });
  const { raw, messageId } = composeMail(mail, clock.now());
  await store.deliver({ to, raw });
  replyJson(res, 200, { messageId });
}

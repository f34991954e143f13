/**
 * The way of one request: who calls, whose mailbox, is there room, does a fault strike, who answers. Requests inside of
 * a batch go the same way, each by itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { behaviourOf } from "../mail/behaviour.ts";
import { authenticate, checkScope, ownerOf } from "./authorize.ts";
import type { Caller, GraphAnswer, GraphCall, GraphContext, OpenMailbox } from "./call.ts";
import { wantsImmutableIds } from "./call.ts";
import { errorBody, GraphError, mailboxNotEnabled, newRequestId, noSegment } from "./errors.ts";
import { fits, routes } from "./routes.ts";
import { answerSubscriptions } from "./subscriptions.ts";
import type { Route } from "./routes.ts";

/** What any answer of a real server takes at the least, in milliseconds: requests sent at once then run at once. */
const leastDelayMs = 2;

/** Answers a call; errors are answers too. */
export async function dispatch(context: GraphContext, call: GraphCall): Promise<GraphAnswer> {
  const requestId = newRequestId();
  const clientId = call.headers["client-request-id"];
  const ids = { "request-id": requestId, "client-request-id": clientId ?? requestId };
  try {
    const answer = await answerCall(context, call);
    return { ...answer, headers: { ...ids, ...answer.headers } };
  } catch (error) {
    const known = error instanceof GraphError ? error : null;
    if (!known) context.log(error);
    const told = known ?? new GraphError(500, "InternalServerError", "An internal server error occurred.");
    return {
      status: told.status,
      headers: { ...ids, ...told.headers },
      body: errorBody(told, context.now(), requestId, clientId),
    };
  }
}

async function answerCall(context: GraphContext, call: GraphCall): Promise<GraphAnswer> {
  const caller = authenticate(context, call);
  const [first = "", second] = call.segments;
  const root = first.toLowerCase();
  if (root === "subscriptions") return answerSubscriptions(context, call, caller, call.segments.slice(1));
  if (root !== "me" && root !== "users") throw noSegment(first);
  if (root === "users" && second === undefined) throw noSegment(first);
  const user = root === "users" ? (second ?? null) : null;
  const prefix = user === null ? "me" : `users/${encodeURIComponent(user)}`;
  const segments = call.segments.slice(user === null ? 1 : 2);
  const owner = ownerOf(context, caller, user);
  const [route, parameters] = findRoute(call.method, segments);
  const mailboxId = context.store.mailboxId(owner.address);
  if (mailboxId === null) throw mailboxNotEnabled();
  const immutableIds = wantsImmutableIds(call);
  const mailbox: OpenMailbox = { context, call, caller, owner, mailboxId, prefix, immutableIds };
  return answerMailbox(mailbox, route, parameters);
}

function findRoute(method: string, segments: string[]): [Route, string[]] {
  let known = false;
  for (const route of routes) {
    const parameters = fits(route, segments);
    if (!parameters) continue;
    if (route.method === method) return [route, parameters];
    known = true;
  }
  if (known)
    throw new GraphError(
      405,
      "Request_BadRequest",
      "Specified HTTP method is not allowed for the request target.",
    );
  throw noSegment(segments.at(-1) ?? "");
}

async function answerMailbox(mailbox: OpenMailbox, route: Route, parameters: string[]): Promise<GraphAnswer> {
  const { context, call, caller, owner, mailboxId } = mailbox;
  const { faults } = context;
  const kind = `${route.method} ${route.path.join("/")}`;
  return admitted(context, { mailboxId, call, kind }, async () => {
    await sleep(leastDelayMs + faults.delayMs(mailboxId));
    checkScope(caller, owner, route.permission);
    if (route.permission !== "profile") {
      refuseAsPersona(mailbox);
      faults.refuse(mailboxId);
    }
    return route.handle(mailbox, parameters);
  });
}

/** @throws GraphError that every request about this persona's mailbox gets */
function refuseAsPersona({ context: { switches }, owner }: OpenMailbox): void {
  switches.asked(owner);
  const { graph } = behaviourOf(owner, switches);
  if (graph === null) return;
  const { retryAfterSeconds } = graph;
  const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  throw new GraphError(graph.status, graph.code, graph.message, headers);
}

type Admission = { mailboxId: number; call: GraphCall; kind: string };

/** Counts the request against the mailbox's limits while it is answered. */
async function admitted(
  { limits, traffic }: GraphContext,
  { mailboxId, call, kind }: Admission,
  answer: () => Promise<GraphAnswer>,
): Promise<GraphAnswer> {
  const counts = traffic.of(mailboxId);
  counts.byKind[kind] = (counts.byKind[kind] ?? 0) + 1;
  let leave: () => void;
  try {
    leave = limits.enter(mailboxId, call.method === "GET" ? 0 : call.body.length, (atOnce, inWindow) => {
      counts.mostAtOnce = Math.max(counts.mostAtOnce, atOnce);
      counts.mostInTenMinutes = Math.max(counts.mostInTenMinutes, inWindow);
    });
  } catch (error) {
    counts.overLimit++;
    throw error;
  }
  try {
    return await answer();
  } finally {
    leave();
  }
}

/** The mailbox a call is about, for counting; null where it cannot be told. */
export function mailboxOf(
  context: GraphContext,
  call: GraphCall,
): { caller: Caller; mailboxId: number } | null {
  try {
    const caller = authenticate(context, call);
    const user = call.segments[0]?.toLowerCase() === "users" ? (call.segments[1] ?? null) : null;
    const mailboxId = context.store.mailboxId(ownerOf(context, caller, user).address);
    return mailboxId === null ? null : { caller, mailboxId };
  } catch {
    // A call that will be refused for the same reason.
    return null;
  }
}

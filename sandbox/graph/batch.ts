/**
 * JSON batching. Graph sends Outlook up to four requests of a batch at a time; each counts by itself.
 * https://learn.microsoft.com/graph/json-batching, https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
 */
import type { GraphAnswer, GraphCall, GraphContext } from "./call.ts";
import { dispatch, mailboxOf } from "./dispatch.ts";
import { badRequest } from "./errors.ts";
import { isObject, listMember, readObject, textMember } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { readTarget } from "./target.ts";

const mostRequests = 20;
const atOnce = 4;

type SubRequest = { id: string; dependsOn: string[]; call: GraphCall | null };

type SubAnswer = { id: string; status: number; headers: Record<string, string>; body?: unknown };

/** @throws GraphError BadRequest for a batch that is none */
export async function answerBatch(context: GraphContext, batch: GraphCall): Promise<GraphAnswer> {
  const requests = readRequests(batch);
  const answers = new Map<string, SubAnswer>();
  const waiting = [...requests];
  const running = new Map<string, Promise<void>>();
  let left = requestsOfToken(context, batch);
  while (waiting.length > 0 || running.size > 0) {
    const ready = waiting.findIndex(({ dependsOn }) => dependsOn.every((id) => answers.has(id)));
    const next = running.size < atOnce && ready >= 0 ? waiting.splice(ready, 1)[0] : undefined;
    if (next) {
      if (left-- === 0) endToken(context, batch);
      const work = async (): Promise<void> => {
        answers.set(next.id, await answerOne(context, next, answers));
        running.delete(next.id);
      };
      running.set(next.id, work());
    } else if (running.size > 0) await Promise.race(running.values());
    else throw badRequest("The dependsOn of the requests leads in a circle.");
  }
  return { status: 200, body: { responses: anyOrder([...answers.values()]) } };
}

/** How many requests the batch's token lasts, where a fault ends it. */
function requestsOfToken(context: GraphContext, batch: GraphCall): number {
  const about = mailboxOf(context, { ...batch, segments: ["me"] });
  const fault = about && context.faults.strikes(about.mailboxId, "tokenEndsInBatch");
  return fault?.after ?? Number.POSITIVE_INFINITY;
}

function endToken({ endedTokens }: GraphContext, { headers }: GraphCall): void {
  endedTokens.add((headers["authorization"] ?? "").replace(/^Bearer\s+/i, ""));
}

function readRequests(batch: GraphCall): SubRequest[] {
  const list = listMember(readObject(batch.body), "requests");
  if (list === null) throw badRequest("Invalid batch payload format.");
  if (list.length > mostRequests) {
    throw badRequest(`Number of requests exceeds the limit of ${mostRequests}.`);
  }
  const requests = list.map((one) => readRequest(batch, one));
  const ids = new Set(requests.map(({ id }) => id));
  if (ids.size !== requests.length) throw badRequest("The id of each request must be unique.");
  for (const { dependsOn } of requests) {
    if (!dependsOn.every((id) => ids.has(id)))
      throw badRequest("dependsOn names a request that is not there.");
  }
  return requests;
}

function readRequest(batch: GraphCall, one: unknown): SubRequest {
  if (!isObject(one)) throw badRequest("Invalid batch payload format.");
  const id = textMember(one, "id") ?? (typeof one["id"] === "number" ? String(one["id"]) : null);
  const method = textMember(one, "method");
  const url = textMember(one, "url");
  if (id === null || method === null || url === null) throw badRequest("Invalid batch payload format.");
  const dependsOn = (listMember(one, "dependsOn") ?? []).map(String);
  return { id, dependsOn, call: subCall(batch, one, method.toUpperCase(), url) };
}

/** Null for a request whose body comes without a Content-Type. */
function subCall(batch: GraphCall, one: JsonObject, method: string, url: string): GraphCall | null {
  const headers: Record<string, string> = {};
  const given = one["headers"];
  for (const [name, value] of Object.entries(isObject(given) ? given : {})) {
    headers[name.toLowerCase()] = String(value);
  }
  // The batch's own token serves all; Prefer does not.
  headers["authorization"] ??= batch.headers["authorization"] ?? "";
  const { body } = one;
  if (body !== undefined && headers["content-type"] === undefined) return null;
  return { method, headers, body: bodyBytes(body, headers["content-type"] ?? ""), ...readTarget(url) };
}

/** Bodies that are not JSON stand in base64. */
function bodyBytes(body: unknown, contentType: string): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (/json/i.test(contentType) || typeof body !== "string") return Buffer.from(JSON.stringify(body));
  return Buffer.from(body, "base64");
}

async function answerOne(
  context: GraphContext,
  { id, dependsOn, call }: SubRequest,
  answers: ReadonlyMap<string, SubAnswer>,
): Promise<SubAnswer> {
  const failed = (status: number, code: string, message: string): SubAnswer => ({
    id,
    status,
    headers: { "Content-Type": "application/json" },
    body: { error: { code, message } },
  });
  if (dependsOn.some((other) => (answers.get(other)?.status ?? 500) >= 400)) {
    return failed(424, "FailedDependency", "A request that this one depends on has failed.");
  }
  if (call === null) {
    return failed(400, "BadRequest", "Write request with a body must contain a Content-Type header.");
  }
  const about = mailboxOf(context, call);
  const counts = about && context.traffic.of(about.mailboxId);
  if (counts) counts.subRequests++;
  const answer = await dispatch(context, call);
  if (counts) counts.byStatus[answer.status] = (counts.byStatus[answer.status] ?? 0) + 1;
  return shown(id, answer);
}

function shown(id: string, { status, headers, body }: GraphAnswer): SubAnswer {
  const named = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [properCase(name), value]),
  );
  if (body === undefined) return { id, status, headers: named };
  if (Buffer.isBuffer(body)) {
    const type = headers?.["content-type"] ?? "application/octet-stream";
    return { id, status, headers: { ...named, "Content-Type": type }, body: body.toString("base64") };
  }
  return { id, status, headers: { ...named, "Content-Type": "application/json" }, body };
}

const properCase = (name: string): string => name.replaceAll(/(^|-)([a-z])/g, (part) => part.toUpperCase());

/** "The responses may come in another order": turned round, so that nobody relies on theirs. */
const anyOrder = (answers: SubAnswer[]): SubAnswer[] => answers.toReversed();

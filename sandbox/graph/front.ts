/** Graph's HTTP side: reads a request, counts it, and sends the answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { authenticate } from "./authorize.ts";
import { answerBatch } from "./batch.ts";
import type { GraphAnswer, GraphCall, GraphContext } from "./call.ts";
import { dispatch, mailboxOf } from "./dispatch.ts";
import { errorBody, GraphError, newRequestId } from "./errors.ts";
import { answerUpload } from "./uploads.ts";
import { readTarget } from "./target.ts";

/** `/api/v2.0/…`: upload sessions, at Microsoft on a host of their own. */
const uploadRoot = "api";

/** The largest request that Graph takes; larger attachments go by an upload session. */
const largestRequestBytes = 4 * 1024 * 1024;

/** Answers what begins with `/v1.0/` or `/api/v2.0/`; `path` with its query. */
export async function handleGraph(
  context: GraphContext,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
): Promise<void> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) headers[name] = [value].flat().join(", ");
  const body = await readBytes(req);
  const call: GraphCall = {
    method: req.method ?? "GET",
    headers,
    body: body ?? Buffer.alloc(0),
    ...readTarget(path.replace(/^\/v1\.0/, "")),
  };
  const answer = body === null ? tooLarge(context) : await answerTop(context, call);
  const bytes = payload(answer);
  count(context, call, answer, bytes.length);
  res.writeHead(answer.status, {
    ...(answer.body === undefined ? {} : { "content-type": jsonType }),
    "content-length": String(bytes.length),
    ...answer.headers,
  });
  res.end(bytes);
}

const jsonType =
  "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

async function answerTop(context: GraphContext, call: GraphCall): Promise<GraphAnswer> {
  const [first] = call.segments;
  if (first?.toLowerCase() !== "$batch" && first !== uploadRoot) return dispatch(context, call);
  try {
    if (first === uploadRoot) return answerUpload(context, call);
    // The batch as a whole is refused for its token, not its requests one by one.
    authenticate(context, call);
    return await answerBatch(context, call);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    const { status, headers } = error;
    return { status, headers, body: errorBody(error, context.now(), newRequestId()) };
  }
}

function tooLarge({ now }: GraphContext): GraphAnswer {
  const error = new GraphError(413, "RequestEntityTooLarge", "The request payload is larger than 4 MB.");
  return { status: error.status, body: errorBody(error, now(), newRequestId()) };
}

function payload({ body }: GraphAnswer): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

function count(context: GraphContext, call: GraphCall, answer: GraphAnswer, bytesOut: number): void {
  const isBatch = call.segments[0]?.toLowerCase() === "$batch";
  const about = mailboxOf(context, isBatch ? { ...call, segments: ["me"] } : call);
  if (!about) return;
  const counts = context.traffic.of(about.mailboxId);
  counts.bytesIn += call.body.length;
  counts.bytesOut += bytesOut;
  if (isBatch) counts.batches++;
  else {
    counts.requests++;
    counts.byStatus[answer.status] = (counts.byStatus[answer.status] ?? 0) + 1;
  }
}

/** Null when it is larger than Graph takes. */
async function readBytes(req: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size <= largestRequestBytes) chunks.push(bytes);
  }
  return size <= largestRequestBytes ? Buffer.concat(chunks) : null;
}

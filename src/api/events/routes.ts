/** GET /v1/events. */
import { z } from "zod";
import type { ApiDeps } from "../deps.ts";
import { handle, identify } from "../handle.ts";
import type { Api } from "../server.ts";
import { eventOperations } from "./schema.ts";
import { streamEvents } from "./stream.ts";

const lastEventId = z.coerce.number().int().min(0);

export function registerEventRoutes(app: Api, deps: ApiDeps): void {
  handle(app, deps, eventOperations.streamEvents, async ({ who, query, request, reply }) => {
    const header = lastEventId.safeParse(request.headers["last-event-id"]);
    reply.hijack();
    reply.raw.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    if (request.method === "HEAD") return void reply.raw.end(); // a stream without a body would never end
    await streamEvents({
      tenant: who.tenant,
      hints: deps.hints,
      response: reply.raw,
      after: header.success ? header.data : (query.after ?? null),
      stillAllowed: async () => (await identify(request, deps)).workspaceId === who.workspaceId,
      rightsCheckMs: deps.rightsCheckMs,
      onError: (error) =>
        deps.log.warn({ err: error }, "an event stream ended; the browser comes back by itself"),
    });
  });
}

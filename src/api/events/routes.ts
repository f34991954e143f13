/** GET /v1/events. */
import { z } from "zod";
import type { ApiDeps } from "../deps.ts";
import { handle, identify } from "../handle.ts";
import type { Api } from "../server.ts";
import { eventOperations } from "./schema.ts";
import { streamEvents } from "./stream.ts";

const eventNumber = z.coerce.number().int().min(0);

/** The position a client comes back with; what is no number of ours is one that was never given out. */
function positionOf(header: string | undefined): number | null {
  if (header === undefined || header === "") return null;
  const number = eventNumber.safeParse(header);
  return number.success ? number.data : Infinity;
}

export function registerEventRoutes(app: Api, deps: ApiDeps): void {
  handle(app, deps, eventOperations.streamEvents, async ({ who, query, headers, request, reply }) => {
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
      after: positionOf(headers["last-event-id"]) ?? query.after ?? null,
      stillAllowed: async () => (await identify(request, deps)).workspaceId === who.workspaceId,
      rightsCheckMs: deps.rightsCheckMs,
      onError: (error) =>
        deps.log.warn({ err: error }, "an event stream ended; the browser comes back by itself"),
    });
  });
}

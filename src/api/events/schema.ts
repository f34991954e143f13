/** The stream of events (server-sent events, WHATWG HTML 9.2), resumable by Last-Event-ID. */
import { z } from "zod";
import { operation } from "../operation.ts";

export const eventOperations = {
  streamEvents: operation({
    method: "GET",
    url: "/v1/events",
    produces: ["text/event-stream"],
    access: "agent",
    schema: {
      operationId: "streamEvents",
      tags: ["Events"],
      summary: "Server-sent events of the workspace, in commit order",
      description:
        "`event:` is `thing.verb` (message.created, conversation.updated, mailbox.state, …), `id:` its number, `data:` JSON. Send Last-Event-ID (header, or `?after=`) to go on where one was; without it the stream begins now.",
      headers: z.object({ "last-event-id": z.string().optional() }),
      querystring: z.object({ after: z.coerce.number().int().min(0).optional() }),
      response: { 200: z.string() },
    },
  }),
} as const;

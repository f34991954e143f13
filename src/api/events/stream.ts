/**
 * One server-sent events stream (WHATWG HTML 9.2): reads the events table in commit order, woken by hints, and looks by
 * itself from time to time since hints may be lost. Rights are checked again each minute; a revoked one ends the stream.
 */
import type { ServerResponse } from "node:http";
import type { EventHints } from "../../store/event-hints.ts";
import { latestSeq, listEvents, oldestSeq, type StoredEvent } from "../../store/events.ts";
import type { TenantDb } from "../../store/tenant-db.ts";

const pageSize = 200;
const keepAliveMs = 15_000;
const lookMs = 5_000;

export interface StreamOptions {
  tenant: TenantDb;
  hints: EventHints;
  response: ServerResponse;
  /** Number after which to go on; null: from now. */
  after: number | null;
  /** Resolves to false when the caller has lost the right to listen. */
  stillAllowed(): Promise<boolean>;
  /** How often that is asked, milliseconds. */
  rightsCheckMs: number;
  onError(error: unknown): void;
}

/** `id`, `event` and `data` of one event; data is one line of JSON. */
export const formatEvent = (event: StoredEvent): string =>
  `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify({
    ...(event.payload as object),
    mailboxId: event.mailboxId,
    conversationId: event.conversationId,
    createdAt: event.createdAt.toISOString(),
  })}\n\n`;

/** Runs until the client goes away, the right is lost, or the client reads too slowly. */
export async function streamEvents(options: StreamOptions): Promise<void> {
  const { tenant, response } = options;
  const started = await startPosition(tenant, options.after, response).catch((error: unknown) => {
    options.onError(error);
    response.end();
    return null;
  });
  // Who left meanwhile has sent its `close` already: nobody would hear it any more.
  if (started === null || response.destroyed) return;
  let position = started;
  let reading = false;
  let again = false;
  const read = async (): Promise<void> => {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    try {
      do {
        again = false;
        const events = await listEvents(tenant, position, pageSize);
        for (const event of events) {
          position = event.seq;
          if (!response.write(formatEvent(event))) await drained(response);
        }
        again ||= events.length === pageSize;
      } while (again && !response.writableEnded && !response.destroyed);
    } catch (error) {
      options.onError(error);
      response.end();
    } finally {
      reading = false;
    }
  };
  const unsubscribe = options.hints.subscribe((workspaceId) => {
    if (workspaceId === null || workspaceId === tenant.workspaceId) void read();
  });
  const timers = [
    setInterval(() => response.write(": alive\n\n"), keepAliveMs),
    setInterval(() => void read(), lookMs),
    setInterval(() => void endWhenRevoked(options), options.rightsCheckMs),
  ];
  void read();
  await new Promise<void>((resolve) => response.once("close", resolve));
  for (const timer of timers) clearInterval(timer);
  unsubscribe();
}

async function endWhenRevoked({ stillAllowed, response }: StreamOptions): Promise<void> {
  const allowed = await stillAllowed().catch(() => false); // unsure is not allowed
  if (!allowed) response.end();
}

/**
 * Says `reset` when events the client asks for are no longer kept: it must read its lists again. Who comes without a
 * position of ours is told the one it begins at, an id without data being no event (WHATWG HTML 9.2.6): else what happens
 * after a break before its first event would be lost to it.
 */
async function startPosition(
  tenant: TenantDb,
  after: number | null,
  response: ServerResponse,
): Promise<number> {
  const newest = await latestSeq(tenant);
  const oldest = await oldestSeq(tenant);
  const position = after === null || after > newest ? newest : after;
  const missed = after !== null && (after > newest || after < oldest - 1);
  const begins = after === null || missed ? `id: ${position}\n` : "";
  response.write(missed ? `${begins}event: stream.reset\ndata: {}\n\n` : `: connected\n${begins}\n`);
  return position;
}

/** A client that does not read for 30 s is let go; it comes back with Last-Event-ID. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), 30_000);
    const done = (): void => {
      clearTimeout(timer);
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}

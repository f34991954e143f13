/** A client of `GET /v1/events` as a browser is one: it comes back by itself, with the number of the last event it has. */

export interface SeenEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
  /** When it was read, monotonic milliseconds. */
  at: number;
}

export interface EventReader {
  events: SeenEvent[];
  /** How often a connection was opened. */
  connections(): number;
  stop(): Promise<void>;
}

function parseEvent(block: string): SeenEvent | null {
  const field = (name: string): string | undefined =>
    block
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const id = field("id");
  if (id === undefined) return null;
  return {
    seq: Number(id),
    type: field("event") ?? "",
    data: JSON.parse(field("data") ?? "{}") as Record<string, unknown>,
    at: performance.now(),
  };
}

/** Reads every event after number `from`, until stopped. */
export function readEvents(url: string, apiKey: string, from = 0): EventReader {
  const events: SeenEvent[] = [];
  const stopping = new AbortController();
  let connections = 0;
  const once = async (): Promise<void> => {
    const response = await fetch(`${url}/v1/events`, {
      headers: { authorization: `Bearer ${apiKey}`, "last-event-id": String(events.at(-1)?.seq ?? from) },
      signal: stopping.signal,
    });
    if (!response.ok || response.body === null) throw new Error(`events: ${response.status}`);
    connections += 1;
    let pending = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      pending += chunk;
      for (let end = pending.indexOf("\n\n"); end >= 0; end = pending.indexOf("\n\n")) {
        const event = parseEvent(pending.slice(0, end));
        pending = pending.slice(end + 2);
        if (event) events.push(event);
      }
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await once().catch(() => undefined); // the server is away: on with the next try
      await new Promise((wake) => setTimeout(wake, 200));
    }
  })();
  return {
    events,
    connections: () => connections,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** A tap on `fetch`, as `startWiretap` is one on a socket: what was asked for, within batches too, and how much came back. */
import type { Wiretap } from "./wiretap.ts";

export interface FetchTap extends Wiretap {
  /** The `fetch` of another client: what stands when a hold begins falls silent, what is connected later is served. */
  connect(): typeof fetch;
}

interface Client {
  silent: boolean;
  /** Its next request meets a connection that was cut. */
  cut: boolean;
}

const connectionReset = (): Error =>
  Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
  });

/** `GET /v1.0/me/…`; of a batch also each of its parts. */
function linesOf(url: URL, { method = "GET", body }: RequestInit): string[] {
  const whole = `${method} ${url.pathname}${url.search}`;
  if (!url.pathname.endsWith("/$batch") || typeof body !== "string") return [whole];
  const { requests } = JSON.parse(body) as { requests: { method: string; url: string }[] };
  return [whole, ...requests.map((part) => `${part.method} ${part.url}`)];
}

const never = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => reject(signal?.reason);
    if (signal?.aborted === true) end();
    else signal?.addEventListener("abort", end, { once: true });
  });

export function startFetchTap(): FetchTap {
  const clients = new Set<Client>();
  const underWay = new Set<AbortController>();
  const lines: string[] = [];
  let octets = 0;
  let limit = Infinity;
  const exchange = async (input: URL, init: RequestInit): Promise<Response> => {
    const broken = new AbortController();
    underWay.add(broken);
    try {
      const signal = AbortSignal.any([broken.signal, ...(init.signal ? [init.signal] : [])]);
      const response = await fetch(input, { ...init, signal });
      const body = Buffer.from(await response.arrayBuffer());
      octets += body.length;
      return new Response(body.length === 0 ? null : body, {
        status: response.status,
        headers: response.headers,
      });
    } finally {
      underWay.delete(broken);
    }
  };
  const connect = (): typeof fetch => {
    const client: Client = { silent: false, cut: false };
    clients.add(client);
    return async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      lines.push(...linesOf(url, init));
      if (client.cut) {
        client.cut = false;
        throw connectionReset();
      }
      const answer = client.silent ? await never(init.signal) : await exchange(url, init);
      if (octets >= limit) {
        limit = Infinity;
        for (const one of clients) one.silent = true;
      }
      return client.silent ? never(init.signal) : answer;
    };
  };
  return {
    port: 0,
    lines,
    connect,
    received: () => octets,
    clear() {
      lines.length = 0;
      octets = 0;
    },
    holdAfter: (most) => void (limit = octets + most),
    holding: () => [...clients].some(({ silent }) => silent),
    cut() {
      for (const one of clients) one.cut = true;
      for (const one of underWay) one.abort(connectionReset());
    },
    stop: async () => undefined,
  };
}

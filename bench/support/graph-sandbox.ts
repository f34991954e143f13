/**
 * The sandbox's Graph in a process of its own, so that its work stands in nobody's way. Started by `startGraphSandbox`; what is
 * asked of it goes over IPC.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { TrafficCounts } from "../../sandbox/mail/traffic.ts";
import { startGraphServer, type GraphPerson, type GraphServer } from "../../tests/support/graph-server.ts";
import { benchMessage } from "./mail.ts";

type Order =
  | { do: "person" }
  | { do: "fill"; person: GraphPerson; messages: number }
  | { do: "late"; person: GraphPerson; ms: number }
  | { do: "read" | "reset"; person: GraphPerson }
  | { do: "forward"; ms: number };

export interface GraphSandbox {
  url: string;
  person(): Promise<GraphPerson>;
  /** Files so many messages into the Inbox. */
  fill(person: GraphPerson, messages: number): Promise<void>;
  /** From now on each answer comes so much later. */
  late(person: GraphPerson, ms: number): Promise<void>;
  traffic(person: GraphPerson): Promise<TrafficCounts>;
  resetTraffic(person: GraphPerson): Promise<void>;
  /** Puts its clock forward. */
  forward(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startGraphSandbox(): Promise<GraphSandbox> {
  const child = fork(fileURLToPath(import.meta.url), ["serve"], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [url] = (await once(child, "message")) as [string];
  let last: Promise<unknown> = Promise.resolve();
  const ask = <T>(order: Order): Promise<T> => {
    const mine = last.then(() => exchange<T>(child, order));
    last = mine;
    return mine;
  };
  return {
    url,
    person: () => ask({ do: "person" }),
    fill: (person, messages) => ask({ do: "fill", person, messages }),
    late: (person, ms) => ask({ do: "late", person, ms }),
    traffic: (person) => ask({ do: "read", person }),
    resetTraffic: (person) => ask({ do: "reset", person }),
    forward: (ms) => ask({ do: "forward", ms }),
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

async function exchange<T>(child: ChildProcess, order: Order): Promise<T> {
  const answer = once(child, "message");
  child.send(order);
  const [value] = (await answer) as [{ value: T }];
  return value.value;
}

/** In the child. */
async function serve(): Promise<void> {
  let aheadMs = 0;
  const server = await startGraphServer(() => Date.now() + aheadMs);
  process.on("message", (order: Order) => {
    if (order.do === "forward") aheadMs += order.ms;
    process.send?.({ value: carryOut(server, order) ?? null });
  });
  process.once("disconnect", () => void server.stop().then(() => process.exit(0)));
  process.send?.(server.url);
}

function carryOut(server: GraphServer, order: Order): unknown {
  switch (order.do) {
    case "person":
      return server.person();
    case "fill":
      return fill(server, order.person, order.messages);
    case "late":
      return server.graph.context.faults.add(order.person.mailboxId, {
        kind: "delay",
        until: null,
        times: null,
        probability: 1,
        retryAfterSeconds: null,
        ms: order.ms,
        after: 0,
      });
    case "read":
      return server.store.traffic.read(order.person.mailboxId);
    case "reset":
      return server.store.traffic.reset(order.person.mailboxId);
    case "forward":
      return null;
  }
}

function fill(server: GraphServer, person: GraphPerson, messages: number): void {
  const startMs = Date.UTC(2026, 0, 1);
  const folder = server.store.folders.byRole(person.mailboxId, "inbox").id;
  server.store.transaction(() => {
    for (let n = messages - 1; n >= 0; n -= 1)
      server.store.messages.append(folder, {
        raw: Buffer.from(benchMessage(n, person.address, startMs).raw),
        flags: n % 3 === 0 ? [] : ["\\Seen"],
        internalDate: startMs - n * 1_800_000,
      });
  });
}

if (process.argv[2] === "serve" && process.argv[1] === fileURLToPath(import.meta.url)) await serve();

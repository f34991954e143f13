/** Watching a mailbox at Graph: polling, and notifications as hints. */
import { beforeEach, describe, expect, test } from "vitest";
import { ScriptedGraph } from "../../../tests/support/scripted-graph.ts";
import { systemClock } from "../../core/clock.ts";
import type { MailSource } from "../mail-source.ts";
import { createGraphSource, type GraphSourceOptions } from "./graph-source.ts";
import type { GraphPush } from "./watch.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} } as never;
const inbox = "inbox-id";
const at = (second: number): string => `2026-01-01T10:00:${String(second).padStart(2, "0")}Z`;
let graph: ScriptedGraph;
beforeEach(() => {
  graph = new ScriptedGraph();
});

const open = (more: Partial<GraphSourceOptions>): MailSource =>
  createGraphSource({
    baseUrl: "https://graph.standin.example",
    auth: async () => ({ accessToken: "token-1" }),
    fetch: graph.fetch,
    clock: systemClock,
    log,
    ...more,
  });

describe("watching", () => {
  test("tells of a change once, and the look that follows does not ask again", async () => {
    const source = open({ pollMs: 10 });
    graph.add(inbox, at(1));
    const head = await source.head(inbox, null);
    const stop = new AbortController();
    const told: (string | null)[] = [];
    for await (const { folderPath } of source.watch([inbox], stop.signal)) {
      told.push(folderPath);
      if (folderPath === null) setTimeout(() => graph.add(inbox, at(9)), 30);
      else stop.abort();
    }
    expect(told).toEqual([null, inbox]);
    graph.asked.length = 0;
    expect((await source.head(inbox, head.cursor)).added.length).toBe(1);
    expect(graph.asked.map(({ path }) => path)).toEqual([expect.stringContaining("totalItemCount")]);
  });

  test("a notification is followed at once, in the folder that it names", async () => {
    const listeners: ((folderId: string | null) => void)[] = [];
    const push: GraphPush = {
      active: () => true,
      subscribe(tell) {
        listeners.push(tell);
        return () => undefined;
      },
    };
    const source = open({ push });
    graph.add(inbox, at(1));
    await source.head(inbox, null);
    await source.head("other-id", null);
    const stop = new AbortController();
    const told: (string | null)[] = [];
    graph.asked.length = 0;
    for await (const { folderPath } of source.watch([inbox, "other-id"], stop.signal)) {
      told.push(folderPath);
      if (folderPath !== null) stop.abort();
      else {
        graph.add("other-id", at(9));
        setTimeout(() => listeners[0]?.("other-id"), 5);
      }
    }
    expect(told).toEqual([null, "other-id"]);
    expect(graph.asked.length).toBe(1);
  });
});

/** What every MailSource must do, over Microsoft Graph as the sandbox speaks it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createGraphSource } from "../../src/protocol/graph/graph-source.ts";
import { startGraphServer, type GraphServer } from "../support/graph-server.ts";
import { GraphNames, numberedGraph } from "../support/numbered-graph.ts";
import { silentLog } from "../support/silent-log.ts";
import { scenarios } from "./scenarios.ts";

/** Scenario → why it is not played over Graph. */
const notHere: Record<string, string> = {
  "a message of 50 MB comes as its text, its attachment only described, and whole when asked for":
    "attachments have ids there, no paths: graph-source.test.ts beside the source",
  "the structure's digest is the same for a message and its copy, whole or in parts":
    "Graph tells no structure",
  "an append is found as the sent copy, by its id and by what it says": "Graph files nothing ready-made",
  "a move names the new keys and leaves others' deleted mail alone": "nothing is marked as deleted there",
};

describe("the sandbox's Graph", () => {
  let server: GraphServer;
  beforeAll(async () => {
    server = await startGraphServer();
  });
  afterAll(() => server?.stop());

  test.each(scenarios.filter(({ name }) => !(name in notHere)))("$name", async ({ play }) => {
    const person = server.person();
    const source = createGraphSource({
      baseUrl: server.url,
      auth: async () => ({ accessToken: person.token }),
      fetch: globalThis.fetch,
      clock: systemClock,
      log: silentLog,
      pollMs: 100,
    });
    const admin = await server.imap(person);
    try {
      const names = new GraphNames(server.store, person.mailboxId);
      await play({ source: numberedGraph(source, names), admin, trash: "Deleted" });
      expect(server.limitsPassed(person)).toBe(0);
    } finally {
      admin.close();
      await source.close();
    }
  });
});

/** What every MailSource must do, over POP3 as the sandbox speaks it, as far as POP3 can. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import { createPop3Source } from "../../src/protocol/pop3/pop3-source.ts";
import { startGraphServer, type GraphServer } from "../support/graph-server.ts";
import { numberedPop } from "../support/numbered-pop.ts";
import { silentLog } from "../support/silent-log.ts";
import { scenarios } from "./scenarios.ts";

const inboxAlone = "POP3 knows the Inbox alone (RFC 1939 3)";
const readsAlone = "POP3 can only read, and nothing is ever deleted over it";

/** Scenario → why it is not played over POP3. */
const notHere: Record<string, string> = {
  "lists folders with their roles and counts": inboxAlone,
  "a folder made again is another epoch, and old positions are refused": inboxAlone,
  "a range is read by its dates and estimated":
    "POP3 tells no time of receipt but by the mail's own header: pop3-source.test.ts beside the source",
  "flags are set and taken, and what is no longer there is named": readsAlone,
  "a move names the new keys and leaves others' deleted mail alone": readsAlone,
  "an append is found as the sent copy, by its id and by what it says": readsAlone,
  "a message of 50 MB comes as its text, its attachment only described, and whole when asked for":
    "POP3 gives out whole messages alone",
  "the structure's digest is the same for a message and its copy, whole or in parts":
    "POP3 tells no structure",
};

/** A session shows the mail of its beginning, and a listing serves for seconds: each look is to have its own at once. */
const hurried = { ...systemClock, monotonic: () => systemClock.monotonic() * 1e6 };

describe("the sandbox's POP3", () => {
  let server: GraphServer;
  beforeAll(async () => {
    server = await startGraphServer();
  });
  afterAll(() => server?.stop());

  test("what is not played here is on the list", () => {
    const names = scenarios.map(({ name }) => name);
    expect(Object.keys(notHere).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(scenarios.filter(({ name }) => !(name in notHere)))("$name", async ({ play }) => {
    const person = server.person();
    const source = createPop3Source({
      server: { host: "127.0.0.1", port: server.popPort, security: "none" },
      auth: async () => ({ user: person.address, pass: person.password }),
      dialer: createDialer({ allowPrivateHosts: true }),
      clock: hurried,
      log: silentLog,
      pollMs: 1,
      keepMs: 0,
    });
    const admin = await server.imap(person);
    try {
      await play({
        source: numberedPop(source, server.store),
        admin,
        trash: "Deleted",
        lacks: ["flags", "folders"],
      });
    } finally {
      admin.close();
      await source.close();
    }
  });
});

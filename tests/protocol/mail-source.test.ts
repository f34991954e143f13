/** The scenarios of one MailSource over every server of the list; and what connecting to a real server meets. */
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { ImapServer } from "../../src/protocol/imap/imap-source.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import type { Dovecot } from "../support/dovecot.ts";
import { startDovecot } from "../support/dovecot.ts";
import { freePort } from "../support/free-port.ts";
import { otherClientOf, condstoreAlone, serverVariants, type MailServer } from "../support/mail-servers.ts";
import { silentLog } from "../support/silent-log.ts";
import { scenarios } from "./scenarios.ts";
import { eventually } from "../support/eventually.ts";

const sourceOf = (server: ImapServer, user: string, pass = "secret"): MailSource =>
  createImapSource({
    server,
    auth: async () => ({ user, pass }),
    dialer: createDialer({ allowPrivateHosts: true }),
    clock: systemClock,
    log: silentLog,
    pollMs: 300,
  });

describe.each([...serverVariants, condstoreAlone])("$name", ({ start, trash }) => {
  let server: MailServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  test.each(scenarios)("$name", async ({ play }) => {
    const login = await server.addUser();
    const { host, port } = server;
    const source = sourceOf({ host, port, security: "none" }, login.user, login.pass);
    const admin = await otherClientOf(server, login);
    try {
      await play({ source, admin, trash });
    } finally {
      admin.close();
      await source.close();
    }
  });
});

describe("connecting", () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot?.stop());

  test("TLS, STARTTLS and, on loopback, none at all", async () => {
    const { ca } = dovecot;
    const servers: ImapServer[] = [
      { host: "localhost", port: dovecot.tlsPort, security: "tls", ca },
      { host: "127.0.0.1", port: dovecot.tlsPort, security: "tls", ca },
      { host: "localhost", port: dovecot.port, security: "starttls", ca },
      { host: "127.0.0.1", port: dovecot.port, security: "none" },
    ];
    for (const server of servers) {
      const source = sourceOf(server, "well");
      await source.connect();
      await source.close();
    }
  });

  test("a wrong password", async () => {
    const source = sourceOf(
      { host: "localhost", port: dovecot.tlsPort, security: "tls", ca: dovecot.ca },
      "well",
      "wrong",
    );
    await expect(source.connect()).rejects.toMatchObject({ code: "auth_failed" });
  });

  test("a closed port", async () => {
    const source = sourceOf({ host: "localhost", port: await freePort(), security: "tls" }, "well");
    await expect(source.connect()).rejects.toMatchObject({ code: "network_refused" });
  });

  test.each(["tls", "starttls"] as const)("a certificate that does not fit, by %s", async (security) => {
    const port = security === "tls" ? dovecot.tlsPort : dovecot.port;
    const unknown = sourceOf({ host: "localhost", port, security }, "well");
    await expect(unknown.connect()).rejects.toMatchObject({
      code: "tls_failed",
      details: { reason: "self_signed" },
    });
    const dialer = createDialer({ allowPrivateHosts: true, resolve: async () => ["127.0.0.1"] });
    const server: ImapServer = { host: "mail.example", port, security, ca: dovecot.ca };
    const other = createImapSource({
      server,
      auth: async () => ({ user: "well", pass: "secret" }),
      dialer,
      clock: systemClock,
      log: silentLog,
    });
    await expect(other.connect()).rejects.toMatchObject({
      code: "tls_failed",
      details: { reason: "name_mismatch" },
    });
  });
});

test.each([1, 2])(
  "a server that takes %i connections of a user: the work shares them, and news are heard of",
  async (most) => {
    const dovecot = await startDovecot({ maxConnections: most + 1 });
    const login = { host: "127.0.0.1", port: dovecot.port, doSTARTTLS: false };
    const admin = new ImapFlow({ ...login, auth: { user: "well", pass: "secret" }, logger: false });
    await admin.connect(); // one of those that the server takes
    const source = sourceOf({ host: "127.0.0.1", port: dovecot.port, security: "none" }, "well");
    try {
      await source.connect();
      const stop = new AbortController();
      const news = source.watch(["INBOX", "Sent"], stop.signal)[Symbol.asyncIterator]();
      const first = (async (): Promise<void> => {
        for (let next = await news.next(); next.value?.folderPath === null;) next = await news.next();
      })();
      const work = ["INBOX", "Sent", "Trash", "Drafts", "INBOX", "Sent"].map((path) => source.listAll(path));
      expect((await Promise.all(work)).map(({ window }) => window.items)).toEqual(work.map(() => []));
      let heard = false;
      void first.then(() => (heard = true));
      // Again and again: what comes before the watching has begun is no news.
      await eventually(
        async () => {
          for (const path of ["INBOX", "Sent"]) await admin.append(path, "Subject: news\r\n\r\n");
          expect(heard).toBe(true);
        },
        { timeout: 30_000, interval: 400 },
      );
      stop.abort();
    } finally {
      admin.close();
      await source.close();
      await dovecot.stop();
    }
  },
);

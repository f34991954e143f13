/** App password and plain IMAP login, over HTTP, against the sandbox and against servers that misbehave. */
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getMailbox, updateMailbox } from "../../src/store/mailboxes.ts";
import type { Answer } from "../support/api.ts";
import { freePort } from "../support/free-port.ts";
import { dumpDatabase, startConnect, type ConnectRig } from "../support/connect.ts";

const address = "password@outlook.example";
const canary = "canary-Pa55w0rd-of-nobody";

let strict: ConnectRig;
let open: ConnectRig;
beforeAll(async () => {
  [strict, open] = await Promise.all([startConnect(), startConnect({ allowPrivateHosts: true })]);
});
afterAll(() => Promise.all([strict.close(), open.close()]));

const connect = (rig: ConnectRig, more: object = {}): Promise<Answer> =>
  rig.ask("/v1/mailboxes", {
    method: "POST",
    body: {
      address,
      username: address,
      password: canary,
      imap: { host: "127.0.0.1", port: rig.facts.imapPort, security: "none" },
      ...more,
    },
  });

/** A server on loopback that says what it says to everybody. */
async function stub(onConnection: (socket: net.Socket) => void): Promise<{ port: number; close(): void }> {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe("without HITCHPOST_ALLOW_PRIVATE_HOSTS", () => {
  test.each([
    "127.0.0.1",
    "localhost",
    "[::1]",
    "10.0.0.1",
    "169.254.169.254",
    "::ffff:127.0.0.1",
    "0.0.0.0",
  ])("%s is refused", async (host) => {
    const { status, json } = await connect(strict, { imap: { host, port: 993, security: "tls" } });
    expect([status, json["code"]]).toEqual([400, "host_not_allowed"]);
    expect(json["hint"]).toContain("HITCHPOST_ALLOW_PRIVATE_HOSTS");
  });

  test.each(["imap", "smtp"])("a password never goes unencrypted: %s", async (which) => {
    const plain = { host: "mail.example.org", port: 143, security: "none" };
    const tls = { host: "mail.example.org", port: 993, security: "tls" };
    const { status, json } = await connect(strict, { imap: tls, [which]: plain });
    expect([status, json["code"], json["field"]]).toEqual([400, "tls_required", `${which}.security`]);
  });

  test("not even to loopback", async () => {
    expect((await connect(strict)).json["code"]).toBe("tls_required");
  });
});

describe("with it", () => {
  test("unencrypted is for loopback alone", async () => {
    const { json } = await connect(open, { imap: { host: "10.0.0.1", port: 143, security: "none" } });
    expect([json["code"], json["field"]]).toEqual(["tls_required", "imap.security"]);
  });

  test("a wrong password is said in words, and nothing is stored", async () => {
    const { status, json } = await connect(open);
    expect([status, json["code"]]).toEqual([422, "auth_failed"]);
    expect(json["detail"]).toContain("The server refuses user name or password");
    expect(json["detail"]).toContain(address);
    expect((await open.ask("/v1/mailboxes")).json.items).toEqual([]);
  });

  test("where Microsoft takes no passwords it says so, and leads to Official Authorization", async () => {
    const { json } = await connect(open, {
      address: "well@outlook.example",
      username: "well@outlook.example",
    });
    expect(json["code"]).toBe("basic_auth_blocked");
    expect(json["hint"]).toContain("Official Authorization");
  });

  test("a port where nothing listens", async () => {
    const port = await freePort();
    const { json } = await connect(open, { imap: { host: "127.0.0.1", port, security: "none" } });
    expect(json["code"]).toBe("network_refused");
    expect(json["detail"]).toContain("Nothing listens there");
  });

  test("a server that hides STARTTLS gets no password", async () => {
    const heard: string[] = [];
    const server = await stub((socket) => {
      socket.write("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n");
      socket.on("data", (data: Buffer) => {
        heard.push(data.toString());
        for (const line of data
          .toString()
          .split("\r\n")
          .filter((text) => text !== "")) {
          const [tag, verb] = line.split(" ");
          if (verb?.toUpperCase() === "CAPABILITY") socket.write("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n");
          socket.write(verb?.toUpperCase() === "STARTTLS" ? `${tag} BAD no\r\n` : `${tag} OK done\r\n`);
        }
      });
    });
    try {
      const { status, json } = await connect(open, {
        imap: { host: "127.0.0.1", port: server.port, security: "starttls" },
      });
      expect(status).toBeGreaterThanOrEqual(400);
      expect([json["code"], json["field"]]).toEqual(["tls_required", "imap.security"]);
      expect(json["detail"]).toContain("offers no encryption the way it was asked");
      expect(heard.join("")).not.toContain(canary);
      expect(heard.join("")).not.toContain(Buffer.from(`\0${address}\0${canary}`).toString("base64"));
    } finally {
      server.close();
    }
  });

  test("a server that hangs after the greeting ends in words within 20 s", async () => {
    const server = await stub((socket) => socket.write("* OK hello\r\n"));
    const began = performance.now();
    try {
      const { json } = await connect(open, {
        imap: { host: "127.0.0.1", port: server.port, security: "none" },
      });
      expect(json["code"]).toBe("network_timeout");
      expect(json["detail"]).toContain("does not answer");
      expect(performance.now() - began).toBeLessThan(20_000);
    } finally {
      server.close();
    }
  }, 30_000);

  test("a server that echoes the password in its refusal does not get it into the answer", async () => {
    const server = await stub((socket) => {
      socket.write("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LOGIN] hello\r\n");
      socket.on("data", (data: Buffer) => {
        const [tag] = data.toString().split(" ");
        socket.write(`${tag} NO [AUTHENTICATIONFAILED] not ${canary}, and not\r\n`);
      });
    });
    try {
      const answer = await connect(open, {
        imap: { host: "127.0.0.1", port: server.port, security: "none" },
      });
      expect([answer.status, answer.json["field"]]).toEqual([422, undefined]);
      expect(answer.text).not.toContain(canary);
      expect(answer.json["detail"]).toContain("The server said: “not ····, and not”");
    } finally {
      server.close();
    }
  });

  test("a server for sending that refuses is told from the one for reading, with its own words", async () => {
    const policy = "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.";
    const server = await stub((socket) => {
      socket.write("220 hello\r\n");
      socket.on("data", (data: Buffer) =>
        socket.write(data.toString().startsWith("EHLO") ? "250-x\r\n250 AUTH PLAIN\r\n" : `${policy}\r\n`),
      );
    });
    try {
      const smtp = { host: "127.0.0.1", port: server.port, security: "none" };
      const { json } = await connect(open, { password: "sandbox", smtp });
      expect([json["code"], json["field"]]).toEqual(["auth_failed", "smtp.host"]);
      expect(json["detail"]).toContain("Sending by programs is switched off");
      expect(json["detail"]).toContain(policy);
    } finally {
      server.close();
    }
  });

  test("the right one connects, with the folders that were named, and reconnects the same mailbox", async () => {
    const smtp = { host: "127.0.0.1", port: open.facts.smtpPort, security: "none" };
    const body = {
      password: "sandbox",
      smtp,
      folders: ["INBOX", "Sent"],
      history: "all",
      displayName: "Pat",
    };
    const made = await connect(open, body);
    expect([made.status, made.json]).toMatchObject([
      201,
      { address, method: "password", state: "connecting", foldersChosen: true, history: "all" },
    ]);
    const id = String(made.json["id"]);
    const folders = (await open.ask(`/v1/mailboxes/${id}/folders`)).json.items ?? [];
    expect(folders.filter((one) => one["selected"] === true).map((one) => one["path"])).toEqual([
      "INBOX",
      "Sent",
    ]);
    const again = await connect(open, { ...body, mailboxId: id });
    expect([again.status, again.json["id"]]).toEqual([201, id]);
    const { tenant } = open.team;
    await updateMailbox(tenant, id, { filesSent: true });
    await connect(open, { ...body, mailboxId: id });
    expect((await getMailbox(tenant, id)).filesSent).toBe(true);
    await connect(open, { ...body, smtp: undefined, mailboxId: id });
    expect((await getMailbox(tenant, id)).filesSent).toBeNull(); // of another server it has to be learnt
    const another = await connect(open, { ...body, mailboxId: id, address: "well@outlook.example" });
    expect([another.status, another.json["code"], another.json["field"]]).toEqual([
      409,
      "account_mismatch",
      "address",
    ]);
    expect((await open.ask(`/v1/mailboxes/${id}/test`, { method: "POST" })).json).toMatchObject({ ok: true });
  });

  test("a folder that is none is told by name, and nothing is stored of the try", async () => {
    const { status, json } = await connect(open, {
      address: "second@outlook.example",
      password: "sandbox",
      folders: ["INBOX", "No such folder"],
    });
    expect([status, json["code"]]).toEqual([400, "invalid_request"]);
    expect(json["detail"]).toContain("No such folder");
    expect((await open.ask("/v1/mailboxes")).json.items).toHaveLength(1);
  });
});

test("no password stands in the log or in the database", async () => {
  for (const rig of [strict, open]) {
    const dump = await dumpDatabase(rig);
    for (const secret of [canary, Buffer.from(canary).toString("base64"), '"sandbox"']) {
      expect(dump).not.toContain(secret);
      if (secret !== '"sandbox"') expect(rig.logged()).not.toContain(secret);
    }
  }
});

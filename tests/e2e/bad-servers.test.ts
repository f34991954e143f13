/** Servers that refuse, lie or say nothing (issue 2, "Bad input"): each ends in a clear problem within 20 s, and no secret leaves. */
import http from "node:http";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { freePort } from "../support/free-port.ts";
import { startProduct, type Product } from "../support/product.ts";
import { startScriptedImap } from "../support/scripted-imap.ts";

/** Planted: must stand in no answer, no log line, and at no server that is not to have it. */
const canary = "canary-7f3d9a61c2-secret";
const forms = [canary, Buffer.from(`\0well\0${canary}`).toString("base64")];
const answersWithinMs = 20_000;

let dovecot: Dovecot;
let product: Product;
let strict: Product;
let apiKey: string;
let strictKey: string;

beforeAll(async () => {
  // One after the other: what has started is stopped, though another does not start.
  dovecot = await startDovecot({ users: { well: "secret" } });
  product = await startProduct({ env: { HITCHPOST_LOG_LEVEL: "debug" } });
  strict = await startProduct({ env: { HITCHPOST_ALLOW_PRIVATE_HOSTS: "false" } });
  [apiKey, strictKey] = [await product.setup(), await strict.setup()];
});

afterAll(async () => {
  await Promise.all([product?.stop(), strict?.stop(), dovecot?.stop()]);
});

interface Server {
  host?: string;
  port: number;
  security: "none" | "starttls" | "tls";
}

interface Problem {
  status: number;
  code: string;
  hint: string;
  detail: string;
  title: string;
  field?: string;
}

/** Tries to connect; the answer must be a problem as it should be, whatever it is. */
async function refused(imap: Server, to = { product, apiKey }, smtp: Server | null = null): Promise<Problem> {
  const server = (given: Server) => ({ host: "127.0.0.1", ...given });
  const response = await fetch(`${to.product.url}/v1/mailboxes`, {
    method: "POST",
    headers: { authorization: `Bearer ${to.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      address: "well@dovecot.example",
      imap: server(imap),
      smtp: smtp && server(smtp),
      username: "well",
      password: canary,
    }),
    signal: AbortSignal.timeout(answersWithinMs),
  });
  const text = await response.text();
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  for (const form of forms) expect(text).not.toContain(form);
  expect(text).not.toMatch(/\n\s*at |\.(ts|js):\d+|node:internal|node_modules/);
  const problem = JSON.parse(text) as Problem;
  expect(problem.hint.length).toBeGreaterThan(10);
  expect(problem.detail.length).toBeGreaterThan(10);
  return problem;
}

describe.concurrent("a password is refused with the cause by", () => {
  test("a server that knows another", async () => {
    expect(await refused({ port: dovecot.port, security: "none" })).toMatchObject({ code: "auth_failed" });
  });

  test("a port that nobody listens on", async () => {
    expect(await refused({ port: await freePort(), security: "tls" })).toMatchObject({
      code: "network_refused",
    });
  });

  test("a certificate that nobody vouches for, by TLS and by STARTTLS", async () => {
    expect(await refused({ port: dovecot.tlsPort, security: "tls" })).toMatchObject({ code: "tls_failed" });
    expect(await refused({ port: dovecot.port, security: "starttls" })).toMatchObject({ code: "tls_failed" });
  });

  test("TLS spoken to a port without, and none to a port with it", async () => {
    expect(await refused({ port: dovecot.port, security: "tls" })).toMatchObject({ code: "tls_failed" });
    expect((await refused({ port: dovecot.tlsPort, security: "none" })).status).toBeGreaterThanOrEqual(500);
  });

  test("a name that does not exist", async () => {
    const server = { host: "no-such-host.invalid", port: 993, security: "tls" } as const;
    expect(await refused(server)).toMatchObject({ code: "dns_failed" });
  });
});

describe.concurrent("nothing hangs, and the password stays here, at", () => {
  test("a server that falls silent after its greeting", async ({ onTestFinished }) => {
    const server = await startScriptedImap(() => []);
    onTestFinished(() => server.stop());
    const problem = await refused({ port: server.port, security: "none" });
    expect(problem).toMatchObject({ code: "network_timeout" });
  });

  test("a server that never greets", async ({ onTestFinished }) => {
    const server = await startScriptedImap(() => [], { greeting: null });
    onTestFinished(() => server.stop());
    const problem = await refused({ port: server.port, security: "none" });
    expect(problem).toMatchObject({ code: "network_timeout" });
    // The look at what speaks there asks for its capabilities, and gives nothing away.
    expect(server.lines.filter((line) => line !== "a CAPABILITY")).toEqual([]);
  });

  test("a server that hides STARTTLS", async ({ onTestFinished }) => {
    const server = await startScriptedImap(() => undefined, { capability: "IMAP4rev1 AUTH=PLAIN" });
    onTestFinished(() => server.stop());
    const problem = await refused({ port: server.port, security: "starttls" });
    expect(problem).toMatchObject({ code: "tls_required", field: "imap.security" });
    expect(problem.hint).toContain("choose TLS or STARTTLS");
    expect(server.lines.length).toBeGreaterThan(0); // it was spoken to
    expect(server.lines.some((line) => /LOGIN|AUTHENTICATE/i.test(line))).toBe(false);
    expect(server.lines.join("\n")).not.toContain(canary);
  });

  test("a server that slips answers in behind STARTTLS, in the clear", async ({ onTestFinished }) => {
    const server = await startScriptedImap(
      ({ tag, name }) =>
        name === "STARTTLS" ? [`${tag} OK begin`, "* CAPABILITY IMAP4rev1 AUTH=PLAIN"] : undefined,
      { capability: "IMAP4rev1 STARTTLS AUTH=PLAIN" },
    );
    onTestFinished(() => server.stop());
    const problem = await refused({ port: server.port, security: "starttls" });
    expect(problem).toMatchObject({ code: "tls_failed" });
    expect(server.lines.some((line) => /LOGIN|AUTHENTICATE/i.test(line))).toBe(false);
  });

  test("a web server", async () => {
    const server = http.createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const seen: string[] = [];
    server.on("connection", (socket) => socket.on("data", (data) => seen.push(data.toString())));
    await refused({ port, security: "none" }).finally(() => {
      server.closeAllConnections();
      server.close();
    });
    expect(seen.join("")).not.toContain(canary);
  });

  test("a server that greets with a flood", async () => {
    const flood = net.createServer((socket) => {
      socket.on("error", () => undefined);
      const more = (): void => {
        while (socket.writable && socket.write("x".repeat(1 << 16)));
      };
      socket.on("drain", more);
      more();
    });
    await new Promise<void>((resolve) => flood.listen(0, "127.0.0.1", resolve));
    const sockets = new Set<net.Socket>();
    flood.on("connection", (socket) => sockets.add(socket));
    const { port } = flood.address() as net.AddressInfo;
    await refused({ port, security: "none" }).finally(() => {
      for (const socket of sockets) socket.destroy();
      flood.close();
    });
  });
});

describe("what the operator has not allowed is refused at once:", () => {
  test.each([
    ["127.0.0.1", "host_not_allowed"],
    ["localhost", "host_not_allowed"],
    ["[::1]", "host_not_allowed"],
    ["10.1.2.3", "host_not_allowed"],
    ["169.254.169.254", "host_not_allowed"],
    ["::ffff:127.0.0.1", "host_not_allowed"],
    ["2130706433", "host_not_allowed"],
    ["0.0.0.0", "host_not_allowed"],
  ])("a private host (%s)", async (host, code) => {
    const problem = await refused(
      { host, port: dovecot.tlsPort, security: "tls" },
      { product: strict, apiKey: strictKey },
    );
    expect(problem).toMatchObject({ code });
  });

  test("a login in the clear", async () => {
    const server = { port: dovecot.port, security: "none" } as const;
    expect(await refused(server, { product: strict, apiKey: strictKey })).toMatchObject({
      code: "tls_required",
      field: "imap.security",
    });
    const far = { host: "mail.example.com", port: 143, security: "none" } as const;
    expect(await refused(far)).toMatchObject({ code: "tls_required", field: "imap.security" });
  });
});

const ask = async (method: string, path: string, body?: string | null, type = "application/json") => {
  const response = await fetch(`${product.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, ...(body === undefined ? {} : { "content-type": type }) },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(answersWithinMs),
  });
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
};

describe("a request that cannot be is refused as such, and not as a failure of ours:", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);

  test.each([
    ["a NUL in a name", "PATCH", "/v1/workspace", String.raw`{"name":"a\u0000b"}`],
    ["a NUL in a list", "PUT", "/v1/mailboxes/x/folders", String.raw`{"selected":["\u0000"]}`],
    ["a NUL in a query", "GET", "/v1/conversations?q=a%00b", undefined],
    ["a NUL in an address", "GET", "/v1/messages/%00", undefined],
    ["JSON without end", "PATCH", "/v1/workspace", deep],
    ["a file without a body", "POST", "/v1/uploads?filename=x", undefined],
    ["a file as JSON", "POST", "/v1/uploads?filename=x", "{}"],
  ])("%s", async (_what, method, path, body) => {
    expect(await ask(method, path, body)).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("an empty file is a file", async () => {
    const answer = await ask("POST", "/v1/uploads?filename=empty.txt", "", "application/octet-stream");
    expect(answer).toMatchObject({ status: 201, sizeBytes: 0, filename: "empty.txt" });
  });
});

test("nothing of all that was stored, and the password stands in no log", async () => {
  const response = await fetch(`${product.url}/v1/mailboxes`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect(await response.json()).toMatchObject({ items: [] });
  const said = product.output() + strict.output();
  expect(said).toContain("request");
  for (const form of forms) expect(said).not.toContain(form);
});

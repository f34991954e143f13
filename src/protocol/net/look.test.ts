import net, { type AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { createDialer, type Dialer } from "./dialer.ts";
import { lookAt, type SpokenProtocol } from "./look.ts";

const closers: (() => void)[] = [];
afterAll(() => closers.forEach((close) => close()));

/** Says the first at once, the others one for each thing it hears; null: nothing. */
async function speaking(...lines: (string | null)[]): Promise<number> {
  const server = net.createServer((socket) => {
    const rest = [...lines];
    const say = (): void => {
      const next = rest.shift();
      if (next != null) socket.write(next);
    };
    socket.on("error", () => undefined).on("data", say);
    say();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const resolve = async () => ["127.0.0.1"];
const dialer = createDialer({ allowPrivateHosts: true, resolve });
const look = (
  port: number,
  { protocol = "imap", security = "none", by = dialer, by4 = dialer }: LookCase = {},
) =>
  lookAt(
    { dialer: by, dialer4: by4 },
    protocol,
    { host: "mail.example", port, security },
    { timeoutMs: 5_000 },
  );

interface LookCase {
  protocol?: SpokenProtocol;
  security?: "none" | "starttls" | "tls";
  by?: Dialer;
  by4?: Dialer;
}

const last = async (...[port, how]: Parameters<typeof look>) => (await look(port, how)).at(-1);

test("a server that is well: name, connection, greeting", async () => {
  expect(await look(await speaking("* OK IMAP4rev1 ready\r\n"))).toEqual([
    { at: "dns", ok: true, answer: "127.0.0.1" },
    { at: "tcp", ok: true, answer: "127.0.0.1" },
    { at: "greeting", ok: true, answer: "* OK IMAP4rev1 ready" },
  ]);
});

test.each<[string, SpokenProtocol, boolean]>([
  ["SSH-2.0-OpenSSH_9.2p1", "imap", false],
  ["220 mail.example ESMTP", "imap", false],
  ["+OK POP3 ready", "imap", false],
  ["* OK IMAP4rev1", "smtp", false],
  ["220 (vsFTPd 3.0.3)", "smtp", false],
  ["220 mail.example ESMTP", "smtp", true],
  ["+OK ready", "pop3", true],
])("%s where %s is due", async (line, protocol, ok) => {
  const answer = ok ? line : `unexpected greeting: ${line}`;
  expect(await last(await speaking(`${line}\r\n`), { protocol })).toEqual({ at: "greeting", ok, answer });
});

test("a refusal in its own protocol is no other service", async () => {
  expect(await last(await speaking("* BYE too many connections\r\n"))).toEqual({
    at: "greeting",
    ok: false,
    answer: "* BYE too many connections",
  });
});

test("a web server says what it is when it is asked", async () => {
  const port = await speaking(null, "HTTP/1.1 400 Bad Request\r\n\r\n");
  expect((await last(port))?.answer).toBe("unexpected greeting: HTTP/1.1 400 Bad Request");
}, 5_000);

test("TLS fails, and what speaks there in the clear is told", async () => {
  const seen = await look(await speaking("SSH-2.0-OpenSSH_9.2p1\r\n"), { security: "tls" });
  expect(seen.map(({ at, ok }) => [at, ok])).toEqual([
    ["dns", true],
    ["tcp", true],
    ["tls", false],
    ["greeting", false],
  ]);
});

test("STARTTLS that is not offered", async () => {
  const port = await speaking("* OK ready\r\n", "* CAPABILITY IMAP4rev1\r\na OK done\r\n");
  expect(await last(port, { security: "starttls" })).toMatchObject({ at: "tls", ok: false });
});

test("a name that does not resolve, a port that is closed, an address that is forbidden", async () => {
  const nowhere = createDialer({
    allowPrivateHosts: true,
    resolve: async () => Promise.reject(Object.assign(new Error("x"), { code: "EAI_AGAIN" })),
  });
  expect((await last(993, { by: nowhere }))?.answer).toMatch(/^EAI_AGAIN mail\.example:993/);
  const port = await speaking("x");
  closers.pop()!();
  expect(await last(port)).toMatchObject({
    at: "tcp",
    ok: false,
    answer: expect.stringMatching(/^ECONNREFUSED/),
  });
  const strict = createDialer({ allowPrivateHosts: false, resolve });
  expect(await last(993, { by: strict })).toMatchObject({
    at: "dns",
    answer: expect.stringMatching(/^host_not_allowed/),
  });
});

const both = async () => ["::1", "127.0.0.1"];

test("IPv6 leads nowhere and IPv4 to the server", async () => {
  const port = await speaking("* OK ready\r\n");
  const only6 = createDialer({ allowPrivateHosts: true, resolve: both });
  const first: Dialer = { ...only6, dial: (asked) => dialer.dial({ ...asked, port: 1 }) };
  const by4 = createDialer({ allowPrivateHosts: true, resolve: both, ipv4Only: true });
  expect((await look(port, { by: first, by4 })).map(({ at, ok, ipv4 }) => [at, ok, ipv4])).toEqual([
    ["dns", true, undefined],
    ["tcp", false, undefined],
    ["tcp", true, true],
  ]);
});

/** What a stranger's host may do to us when we look for settings: redirect, rebind, never end, speak nonsense. */
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { createDialer, type Dialer } from "./dialer.ts";
import { fetchChecked } from "./fetch-checked.ts";
import { greets } from "./greeting.ts";

const closers: (() => void)[] = [];
afterAll(() => closers.forEach((close) => close()));

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const web = (handler: http.RequestListener): Promise<number> => listening(http.createServer(handler));

/** Says each line when asked; the greeting first. */
const speaking = (...lines: (string | Buffer)[]): Promise<number> =>
  listening(
    net.createServer((socket) => {
      const rest = [...lines];
      socket.on("error", () => undefined);
      socket.write(rest.shift() ?? "");
      socket.on("data", () => socket.write(rest.shift() ?? ""));
    }),
  );

/** Names of the test lead to this machine; only those in `allowed` may. */
const dialer = (allowed: { host: string; port: number }[], resolve = async () => ["127.0.0.1"]): Dialer =>
  createDialer({ allowPrivateHosts: false, exempt: allowed, resolve, allowedPorts: [80, 443] });

const options = {
  what: "The settings file",
  accept: "*/*",
  maxBytes: 4_096,
  maxRedirects: 3,
  timeoutMs: 1_000,
};
const host = "autoconfig.shop.example";

test("a file is fetched, and a redirect to another name is checked as the first was", async () => {
  const port = await web((request, response) => {
    if (request.url === "/file") return void response.end("<clientConfig/>");
    response
      .writeHead(302, { location: request.url === "/in" ? `http://inside.example:${port}/file` : "/file" })
      .end();
  });
  const only = dialer([{ host, port }]);
  const bytes = await fetchChecked(only, `http://${host}:${port}/moved`, options);
  expect(Buffer.from(bytes).toString()).toBe("<clientConfig/>");
  await expect(fetchChecked(only, `http://${host}:${port}/in`, options)).rejects.toMatchObject({
    code: "host_not_allowed",
  });
});

test.each(["http://127.0.0.1/", "file:///etc/passwd", "gopher://x", "http://[::1]:80/", ""])(
  "a redirect to %j leads nowhere",
  async (location) => {
    const port = await web((_request, response) => void response.writeHead(301, { location }).end());
    const code = location === "" ? "not_found" : "host_not_allowed";
    await expect(
      fetchChecked(dialer([{ host, port }]), `http://${host}:${port}/`, options),
    ).rejects.toMatchObject({ code });
  },
);

test("only http and https are followed, also to a host that is allowed", async () => {
  const port = await web((request, response) => {
    if (request.url === "/file") return void response.end("x");
    response
      .writeHead(302, { location: `gopher://${host}:${(response.socket as net.Socket).localPort}/file` })
      .end();
  });
  await expect(
    fetchChecked(dialer([{ host, port }]), `http://${host}:${port}/`, options),
  ).rejects.toMatchObject({ code: "host_not_allowed" });
});

test("a name that was good and now leads inside is refused at the very dial: the address checked is the one dialed", async () => {
  const answers = [["93.184.216.34"], ["127.0.0.1"]];
  let asked = 0;
  const rebinding = dialer([], async () => answers[asked++] ?? ["127.0.0.1"]);
  await rebinding.assertAllowed(host, 443);
  await expect(fetchChecked(rebinding, `https://${host}/`, options)).rejects.toMatchObject({
    code: "host_not_allowed",
  });
  expect(asked).toBe(2);
});

test("a name with one address inside is refused whole", async () => {
  const mixed = dialer([], async () => ["93.184.216.34", "10.0.0.7"]);
  await expect(fetchChecked(mixed, `https://${host}/`, options)).rejects.toMatchObject({
    code: "host_not_allowed",
  });
});

const fetchFrom = (port: number) =>
  fetchChecked(dialer([{ host, port }]), `http://${host}:${port}/`, { ...options, timeoutMs: 300 });

test("a giant file ends at the cap, a slow one at the time, a broken one in a sentence", async () => {
  const giant = await web((_request, response) => {
    const timer = setInterval(() => response.write("x".repeat(64_000)), 1);
    response.on("close", () => clearInterval(timer));
  });
  const slow = await web((_request, response) => void response.write("<"));
  const broken = await speaking("", "\0\u0001\u0002 no HTTP\r\n\r\n");
  await expect(fetchFrom(giant)).rejects.toMatchObject({ code: "payload_too_large" });
  await expect(fetchFrom(slow)).rejects.toMatchObject({ code: "network_timeout" });
  await expect(fetchFrom(broken)).rejects.toMatchObject({ code: "connection_lost" });
});

const ask = async (port: number, security: "none" | "starttls", protocol: "imap" | "smtp" = "imap") =>
  greets(dialer([{ host, port }]), protocol, { host, port, security }, { timeoutMs: 300 });

test("servers greet as they should, and offer encryption where it is wanted", async () => {
  const imap = ["* OK ready\r\n", "* CAPABILITY IMAP4rev1 STARTTLS\r\na OK done\r\n"];
  expect(await ask(await speaking(...imap), "starttls")).toBe(true);
  expect(await ask(await speaking(imap[0]!, "* CAPABILITY IMAP4rev1\r\na OK done\r\n"), "starttls")).toBe(
    false,
  );
  const smtp = ["220 mx ESMTP\r\n", "250-mx\r\n250-STARTTLS\r\n250 SIZE 1000\r\n"];
  expect(await ask(await speaking(...smtp), "starttls", "smtp")).toBe(true);
});

test.each<[string, (string | Buffer)[]]>([
  ["HTTP", ["HTTP/1.1 400 Bad Request\r\n\r\n"]],
  ["another protocol", ["220 mx ESMTP\r\n"]],
  ["binary", [Buffer.from([0, 255, 254, 10])]],
  ["a line of a megabyte", ["* OK ".padEnd(1_000_000, "x")]],
  ["nothing", [""]],
  ["a refusal", ["* BYE too many\r\n"]],
])("%s is no IMAP server", async (_what, lines) => {
  expect(await ask(await speaking(...lines), "none")).toBe(false);
});

test("no server inside is asked, whatever its name", async () => {
  const port = await speaking("* OK ready\r\n");
  const inside = createDialer({ allowPrivateHosts: false, resolve: async () => ["127.0.0.1"] });
  expect(await greets(inside, "imap", { host, port, security: "none" }, { timeoutMs: 300 })).toBe(false);
});

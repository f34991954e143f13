import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createDialer } from "./dialer.ts";

const servers: net.Server[] = [];

async function listen(onSocket: (socket: net.Socket) => void = () => undefined): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as net.AddressInfo).port;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const base = { tls: "none", timeoutMs: 5_000 } as const;

describe("dial", () => {
  test("refuses loopback unless private hosts are allowed or the server is the operator's", async () => {
    const port = await listen();
    await expect(
      createDialer({ allowPrivateHosts: false }).dial({ ...base, host: "127.0.0.1", port }),
    ).rejects.toMatchObject({
      code: "host_not_allowed",
    });
    const open = await createDialer({ allowPrivateHosts: true }).dial({ ...base, host: "127.0.0.1", port });
    expect(open).toMatchObject({ address: "127.0.0.1", loopback: true });
    open.socket.destroy();
    const exempt = createDialer({ allowPrivateHosts: false, exempt: [{ host: "127.0.0.1", port }] });
    (await exempt.dial({ ...base, host: "127.0.0.1", port })).socket.destroy();
    await expect(exempt.dial({ ...base, host: "127.0.0.1", port: port + 1 })).rejects.toMatchObject({
      code: "host_not_allowed",
    });
  });

  test("a name that resolves differently the second time is dialed at the address that was checked", async () => {
    const port = await listen();
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    let asked = 0;
    const dialer = createDialer({ allowPrivateHosts: true, resolve: async () => answers[asked++] ?? [] });
    const dialed = await dialer.dial({ ...base, host: "mail.example", port });
    expect(dialed.address).toBe("127.0.0.1");
    expect(asked).toBe(1);
    dialed.socket.destroy();
    await expect(dialer.dial({ ...base, host: "mail.example", port })).rejects.toMatchObject({
      code: "host_not_allowed",
    });
  });

  test("one forbidden address among good ones refuses the name", async () => {
    const dialer = createDialer({ allowPrivateHosts: false, resolve: async () => ["8.8.8.8", "10.0.0.1"] });
    await expect(dialer.dial({ ...base, host: "mail.example", port: 993 })).rejects.toMatchObject({
      code: "host_not_allowed",
    });
    await expect(dialer.assertAllowed("mail.example", 993)).rejects.toMatchObject({
      code: "host_not_allowed",
    });
  });

  test("falls back from a dead address to the next", async () => {
    const port = await listen();
    const dialer = createDialer({ allowPrivateHosts: true, resolve: async () => ["127.0.0.1", "::1"] });
    const dialed = await dialer.dial({ ...base, host: "mail.example", port });
    expect(dialed.address).toBe("127.0.0.1");
    dialed.socket.destroy();
  });

  test("a closed port, an unknown name, a silent TLS server and a server without TLS each have their error", async () => {
    const open = createDialer({ allowPrivateHosts: true });
    const port = await listen();
    const closed = servers.pop();
    await new Promise((resolve) => closed?.close(resolve));
    await expect(open.dial({ ...base, host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "network_refused",
    });
    const unknown = createDialer({
      allowPrivateHosts: true,
      resolve: () => Promise.reject(new Error("ENOTFOUND")),
    });
    await expect(unknown.dial({ ...base, host: "nowhere.example", port: 993 })).rejects.toMatchObject({
      code: "dns_failed",
    });
    const silent = await listen();
    await expect(
      open.dial({ host: "127.0.0.1", port: silent, tls: "tls", timeoutMs: 100 }),
    ).rejects.toMatchObject({
      code: "network_timeout",
    });
    const plain = await listen((socket) => socket.write("* OK ready, in the clear\r\n"));
    await expect(
      open.dial({ host: "127.0.0.1", port: plain, tls: "tls", timeoutMs: 5_000 }),
    ).rejects.toMatchObject({
      code: "tls_failed",
      details: { reason: "not_tls" },
    });
  });
});

/** A wire between a client and a server on this machine, on which is noted when the server's lines go to the client. */
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";

export interface Relay {
  port: number;
  close(): Promise<void>;
}

/** @param onLine gets every line of the server and when it was passed on (monotonic milliseconds) */
export async function relayTo(port: number, onLine: (line: string, at: number) => void): Promise<Relay> {
  const open = new Set<net.Socket>();
  const relay = net.createServer((client) => {
    const server = net.connect(port, "127.0.0.1");
    let rest = "";
    server.on("data", (data: Buffer) => {
      const at = performance.now();
      client.write(data);
      const lines = (rest + data.toString("latin1")).split("\r\n");
      rest = lines.pop()!;
      for (const line of lines) onLine(line, at);
    });
    client.on("data", (data: Buffer) => server.write(data));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    port: (relay.address() as AddressInfo).port,
    async close() {
      relay.close();
      for (const socket of open) socket.destroy();
      await once(relay, "close");
    },
  };
}

/** A slow line to a server: what it answers comes at a limited rate, so that a test can meet an import in its middle. */
import net from "node:net";

export interface PacedRelay {
  port: number;
  stop(): Promise<void>;
}

/** Listens on a free loopback port and relays to `port`; the answers take a second for each `bytesPerSecond`. */
export async function startPacedRelay(port: number, bytesPerSecond: number): Promise<PacedRelay> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(port, "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy()); // a test may end either side: the other ends too
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on("data", (data: Buffer) => {
      upstream.pause();
      setTimeout(
        () => {
          client.write(data);
          upstream.resume();
        },
        (data.length / bytesPerSecond) * 1_000,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

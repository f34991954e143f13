/** A line to a server that can be slow, or silent for a while without breaking. */
import net from "node:net";

export interface Relay {
  port: number;
  /** Nothing passes any more; new connections are taken, and silent too. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/**
 * Listens on a free loopback port and relays to `port`.
 *
 * @param bytesPerSecond how fast answers come, so that a test can meet an import in its middle
 */
export async function startRelay(
  port: number,
  { bytesPerSecond = Infinity }: { bytesPerSecond?: number } = {},
): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  let frozen = false;
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
      const delay = one === upstream ? 1_000 / bytesPerSecond : 0;
      one.on("data", (data: Buffer) => {
        if (delay > 0) one.pause();
        setTimeout(() => {
          other.write(data);
          if (!frozen) one.resume();
        }, data.length * delay);
      });
      if (frozen) one.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

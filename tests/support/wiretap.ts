/** A line to a mail server on which a test listens: what was said to it, and how much came back. */
import net from "node:net";

export interface Wiretap {
  port: number;
  /** Every line that the client sent, without IMAP's tag: "UID STORE 1:500 +FLAGS.SILENT (\Seen)". */
  lines: string[];
  /** Octets that the server sent. */
  received(): number;
  /** Forgets what was heard. */
  clear(): void;
  /** From so many octets on, the connections that stand fall silent without breaking; new ones are served. */
  holdAfter(octets: number): void;
  /** True once they are silent. */
  holding(): boolean;
  /** Cuts all connections that stand, as a network does. */
  cut(): void;
  stop(): Promise<void>;
}

/** Listens on a free loopback port and passes everything on to `port`. @param tagged commands begin with a tag (IMAP) */
export async function startWiretap(port: number, { tagged = true } = {}): Promise<Wiretap> {
  const sockets = new Set<net.Socket>();
  const lines: string[] = [];
  let octets = 0;
  let limit = Infinity;
  const silenced = new Set<net.Socket>();
  const silence = (): void => {
    limit = Infinity;
    for (const socket of sockets) silenced.add(socket.pause());
  };
  const server = net.createServer((client) => {
    const upstream = net.connect(port, "127.0.0.1");
    let pending = "";
    client.on("data", (data: Buffer) => {
      pending += data.toString("latin1");
      const heard = pending.split("\r\n");
      pending = heard.pop() ?? "";
      lines.push(...heard.map((line) => (tagged ? line.replace(/^\S+ /, "") : line)));
      upstream.write(data);
    });
    upstream.on("data", (data: Buffer) => {
      octets += data.length;
      client.write(data);
      if (octets >= limit) silence();
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy()); // either side may end: the other ends too
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    lines,
    received: () => octets,
    clear() {
      lines.length = 0;
      octets = 0;
    },
    holdAfter: (most) => {
      limit = octets + most;
    },
    holding: () => silenced.size > 0,
    cut,
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

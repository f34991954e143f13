/** A line to a server that can be slow, silent for a while without breaking, cut anywhere, or talked over. */
import net from "node:net";

/** Which way: from the client to the server, or the answers. */
export type Direction = "there" | "back";

/** Reads along on one connection, passes on what it likes, and may answer the client in the server's place. */
export interface Wiretap {
  /** @param answer tells the client something; `end`: and breaks the connection off behind it */
  there(data: Buffer, answer: (text: string, end?: "end") => void): Buffer;
  back(data: Buffer): Buffer;
}

export interface Relay {
  port: number;
  /** Nothing passes any more; new connections are taken, and silent too. */
  freeze(): void;
  thaw(): void;
  /** Freezes by itself when so many bytes more of answers have come. */
  freezeAfter(bytes: number): void;
  frozen(): boolean;
  /** Bytes of answers so far. */
  answered(): number;
  /** Ends every connection at once. @returns how many there were */
  cut(): number;
  /** Ends the connection that brings the so-many-th byte from now on in that direction; the bytes before it still pass. */
  cutAfter(bytes: number, direction: Direction): void;
  /** From now on each piece comes so much later, milliseconds; 0: at once. */
  delay(ms: number): void;
  stop(): Promise<void>;
}

export interface RelayOptions {
  /** How fast answers come, so that a test can meet an import in its middle. */
  bytesPerSecond?: number;
  /** One for each connection. */
  tap?: () => Wiretap;
}

/** What all connections of a relay obey. */
interface Weather {
  frozen: boolean;
  answered: number;
  /** At so many bytes of answers `freeze` is called. */
  freezeAt: number;
  freeze(): void;
  delayMs: number;
  readonly msPerByte: number;
  cutAfter: { bytes: number; direction: Direction } | null;
}

/** Listens on a free loopback port and relays to `port`. */
export async function startRelay(
  port: number,
  { bytesPerSecond = Infinity, tap }: RelayOptions = {},
): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  const freeze = (): void => {
    weather.frozen = true;
    for (const socket of sockets) socket.pause();
  };
  const weather: Weather = {
    frozen: false,
    answered: 0,
    freezeAt: Infinity,
    freeze,
    delayMs: 0,
    msPerByte: 1_000 / bytesPerSecond,
    cutAfter: null,
  };
  const server = net.createServer((client) => {
    const upstream = net.connect(port, "127.0.0.1");
    const wiretap = tap?.();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      if (weather.frozen) socket.pause();
    }
    const answer = (text: string, end?: "end"): void =>
      void client.write(text, () => {
        if (end === "end") client.destroy(); // and by that its way on
      });
    pass(weather, "there", client, upstream, (data) => wiretap?.there(data, answer) ?? data);
    pass(weather, "back", upstream, client, (data) => wiretap?.back(data) ?? data);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): number => {
    const open = sockets.size / 2;
    for (const socket of sockets) socket.destroy();
    return open;
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    freeze,
    freezeAfter: (bytes) => (weather.freezeAt = weather.answered + bytes),
    frozen: () => weather.frozen,
    answered: () => weather.answered,
    thaw() {
      weather.frozen = false;
      weather.freezeAt = Infinity;
      for (const socket of sockets) socket.resume();
    },
    cut,
    cutAfter: (bytes, direction) => (weather.cutAfter = { bytes, direction }),
    delay: (ms) => (weather.delayMs = ms),
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pass(
  weather: Weather,
  direction: Direction,
  from: net.Socket,
  to: net.Socket,
  tapped: (data: Buffer) => Buffer,
): void {
  from.on("error", () => to.destroy()); // a test may end either side: the other ends too
  from.on("close", () => to.destroy());
  from.on("data", (data: Buffer) => {
    const left = bytesUntilCut(weather, direction, data.length);
    const piece = tapped(left === null ? data : data.subarray(0, left));
    const end = (): void => {
      if (left !== null) for (const socket of [from, to]) socket.destroy();
    };
    if (direction === "back") {
      weather.answered += data.length;
      if (!weather.frozen && weather.answered >= weather.freezeAt) weather.freeze();
    }
    const ms = weather.delayMs + (direction === "back" ? data.length * weather.msPerByte : 0);
    if (ms === 0) return void (piece.length === 0 ? end() : to.write(piece, end));
    from.pause(); // so that pieces keep their order
    setTimeout(() => {
      if (piece.length === 0) end();
      else to.write(piece, end);
      if (!weather.frozen) from.resume();
    }, ms);
  });
}

/** How much of the piece still passes; null: all of it. */
function bytesUntilCut(weather: Weather, direction: Direction, length: number): number | null {
  const { cutAfter } = weather;
  if (cutAfter?.direction !== direction) return null;
  if (length < cutAfter.bytes) {
    cutAfter.bytes -= length;
    return null;
  }
  weather.cutAfter = null;
  return cutAfter.bytes;
}

/** Loopback ports for servers that must be told theirs: outside of what systems hand out for port 0 and to clients. */
import net from "node:net";

const lowest = 12_000;
const ports = 18_000;
/** Every worker of the test runner has a stretch of its own: nobody takes the port before its server does. */
const workers = 12;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** A port that is free; each call gives another one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort();
    if (await isFree(port)) return port;
  }
}

const size = ports / workers;
const first = lowest + (Number(process.env["VITEST_POOL_ID"] ?? 0) % workers) * size;
let step = Math.floor(Math.random() * size);

function nextPort(): number {
  step = (step + 1) % size;
  return first + step;
}

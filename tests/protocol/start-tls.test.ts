/** TLS over a dialed connection that breaks at the worst moments: told to whoever listens, and never to the process. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startTls } from "../../src/protocol/net/start-tls.ts";
import { makeCertificate } from "../support/mail-server.ts";

let directory: string;
let ca: string;
let server: tls.Server;
let far: net.Socket;
const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "hitchpost-tls-"));
  ca = makeCertificate(directory);
  const key = readFileSync(join(directory, "key.pem"));
  server = tls.createServer({ key, cert: ca }, (socket) => {
    socket.on("error", () => undefined).resume();
  });
  server.on("connection", (socket: net.Socket) => (far = socket));
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.on("uncaughtException", note);
});

afterAll(() => {
  process.off("uncaughtException", note);
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

afterEach(() => {
  expect(uncaught).toEqual([]);
});

async function secured() {
  const { port } = server.address() as net.AddressInfo;
  const dialed = net.connect(port, "127.0.0.1");
  await once(dialed, "connect");
  const secure = await startTls(dialed, { host: "localhost", where: `localhost:${port}`, ca });
  secure.resume();
  const told: string[] = [];
  const listen = (error: NodeJS.ErrnoException): void => void told.push(error.code ?? error.message);
  secure.on("error", listen);
  const closed = new Promise<void>((resolve) => {
    secure.once("close", () => {
      told.push("close");
      secure.off("error", listen); // as imapflow does
      resolve();
    });
  });
  return { dialed, secure, told, closed };
}

const moment = (): Promise<void> => new Promise((wake) => setTimeout(wake, 100));

test("a server that ends the connection is heard, and both sockets are gone", async () => {
  const { dialed, secure, told, closed } = await secured();
  far.end();
  await closed;
  expect(told).toEqual(["close"]);
  expect([dialed.destroyed, secure.destroyed]).toEqual([true, true]);
});

test("a reset in silence is told as one", async () => {
  const { told, closed } = await secured();
  far.resetAndDestroy();
  await closed;
  expect(told).toEqual(["ECONNRESET", "close"]);
});

test("a reset in the middle of a write is told as one, and what comes after the end troubles nobody", async () => {
  const { secure, told, closed } = await secured();
  far.pause();
  secure.write(Buffer.alloc(20_000_000));
  await moment();
  far.resetAndDestroy();
  await closed;
  await moment();
  expect([told[0], told.at(-1)]).toEqual(["ECONNRESET", "close"]); // of the write it tells before its end or after it
});

test("ended by us while it writes, the other side hears it, and nobody else", async () => {
  const { dialed, secure, told, closed } = await secured();
  const heard = new Promise((resolve) => far.once("close", resolve));
  secure.write(Buffer.alloc(5_000_000));
  secure.destroy();
  await Promise.all([closed, heard]);
  await moment();
  expect(told).toEqual(["close"]);
  expect(dialed.destroyed).toBe(true);
});

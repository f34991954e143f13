import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Carrier } from "./carrier.ts";

let server: net.Server;
let near: net.Socket;
let far: net.Socket;

beforeEach(async () => {
  server = net.createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  near = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  [far] = (await accepted) as [net.Socket];
  far.on("error", () => undefined);
});

afterEach(() => {
  near.destroy();
  far.destroy();
  server.close();
});

const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

test("carries every octet both ways, in order, to readers that take their time", async () => {
  const carrier = new Carrier(near);
  const [there, back] = [randomBytes(3_000_000), randomBytes(3_000_000)];
  const slowly = async (stream: AsyncIterable<Buffer>): Promise<string> => {
    const seen: Buffer[] = [];
    for await (const chunk of stream) {
      seen.push(chunk);
      if (seen.length % 10 === 0) await pause(2);
    }
    return digest(Buffer.concat(seen));
  };
  const seen = Promise.all([slowly(carrier), slowly(far)]);
  far.end(back);
  carrier.cork(); // several pieces at once
  for (let at = 0; at < there.length; at += 50_000) carrier.write(there.subarray(at, at + 50_000));
  carrier.uncork();
  carrier.end();
  expect(await seen).toEqual([digest(back), digest(there)]);
});

test("does not read on while nobody takes what came", async () => {
  const carrier = new Carrier(near);
  far.write(Buffer.alloc(30_000_000));
  carrier.once("readable", () => undefined);
  await pause(200);
  expect(carrier.readableLength).toBeLessThan(1_000_000);
  expect(near.bytesRead).toBeLessThan(10_000_000);
});

test("ends with the connection, and says what broke it", async () => {
  const carrier = new Carrier(near);
  const failed = once(carrier, "error");
  const closed = new Promise((resolve) => carrier.once("close", resolve));
  carrier.resume();
  far.resetAndDestroy();
  expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  await closed;
  expect(near.destroyed).toBe(true);
});

test("takes the connection with it", async () => {
  const carrier = new Carrier(near);
  const closed = new Promise((resolve) => far.resume().once("close", resolve));
  carrier.destroy();
  far.end();
  await closed;
  expect(near.destroyed).toBe(true);
});

import http from "node:http";
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerSandboxProxy } from "./sandbox-proxy.ts";

const listen = async (name: string): Promise<http.Server> => {
  const server = http.createServer((request, response) =>
    response.end(`${name} ${request.url} ${String(request.headers["x-forwarded-host"])}`),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
};
const addressOf = (server: http.Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let servers: http.Server[];
beforeAll(async () => {
  servers = [await listen("first"), await listen("second")];
});
afterAll(() => {
  for (const server of servers) server.close();
});

test("the sandbox is found again on the port of its next start, and nothing is logged of a request", async () => {
  const lines: string[] = [];
  let now = servers[0]!;
  const app = Fastify({ logger: { stream: { write: (line: string) => void lines.push(line) } } });
  await registerSandboxProxy(app, { prefix: "/sandbox", target: () => addressOf(now) });
  const ask = async (): Promise<string> =>
    (await app.inject({ url: "/sandbox/x?y=1", headers: { host: "mail.example" } })).body;
  expect(await ask()).toBe("first /sandbox/x?y=1 mail.example");
  now = servers[1]!;
  expect(await ask()).toBe("second /sandbox/x?y=1 mail.example");
  await app.close();
  expect(lines.join("")).not.toMatch(/remote server|response received/);
});

import Fastify from "fastify";
import { expect, test } from "vitest";
import { defaultPublicUrl, listen, localUrl, tryPort } from "./listen.ts";

test.each<[string, string, string]>([
  ["127.0.0.1", "http://127.0.0.1:3000", "http://localhost:3000"],
  ["localhost", "http://127.0.0.1:3000", "http://localhost:3000"],
  ["0.0.0.0", "http://127.0.0.1:3000", "http://localhost:3000"],
  ["::", "http://127.0.0.1:3000", "http://localhost:3000"],
  ["::1", "http://[::1]:3000", "http://localhost:3000"],
  ["192.168.1.5", "http://192.168.1.5:3000", "http://192.168.1.5:3000"],
  ["fd00::5", "http://[fd00::5]:3000", "http://[fd00::5]:3000"],
])("who listens on %s is reached at %s, and opened at %s", (host, local, open) => {
  expect(localUrl(host, 3000)).toBe(local);
  expect(defaultPublicUrl(host, 3000)).toBe(open);
});

const refused = (setting: string) =>
  expect.objectContaining({
    code: "config_invalid",
    message: expect.stringContaining(setting) as string,
  }) as Error;

test("a place to listen that is none is told by its setting", async () => {
  const holder = Fastify();
  const port = await tryPort("127.0.0.1", 0);
  await holder.listen({ host: "127.0.0.1", port });
  await expect(listen(Fastify(), "127.0.0.1", port)).rejects.toThrow(refused("HITCHPOST_PORT"));
  await expect(listen(Fastify(), "192.0.2.77", 0)).rejects.toThrow(refused("HITCHPOST_HOST"));
  await expect(tryPort("127.0.0.1", port)).rejects.toThrow(refused("HITCHPOST_PORT"));
  await expect(tryPort("192.0.2.77", 0)).rejects.toThrow(refused("HITCHPOST_HOST"));
  await holder.close();
});

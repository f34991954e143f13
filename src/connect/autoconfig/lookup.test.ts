import { expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { createSettingsLookup, type Outside } from "./lookup.ts";

const xml = (host: string): string =>
  `<clientConfig><emailProvider><incomingServer type="imap"><hostname>${host}</hostname><port>993</port><socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>`;

interface World {
  mx?: string[];
  srv?: Record<string, string>;
  files?: Record<string, string>;
  greets?: string[];
}

function outside({ mx = [], srv = {}, files = {}, greets = [] }: World): Outside & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    dns: {
      mx: async (domain) => {
        asked.push(`mx ${domain}`);
        return mx.map((exchange) => ({ exchange, priority: 10 }));
      },
      srv: async (name) =>
        srv[name] === undefined ? [] : [{ name: srv[name], port: 993, priority: 0, weight: 0 }],
    },
    fetchFile: async (url) => {
      asked.push(url);
      const file = files[url];
      if (file === undefined) throw new Error("ECONNREFUSED, and words that nobody should see");
      return file;
    },
    greets: async (protocol, { host, port }) => {
      asked.push(`${protocol} ${host}:${port}`);
      return greets.includes(`${host}:${port}`);
    },
  };
}

const look = (world: World, address = "ann@shop.example") =>
  createSettingsLookup(outside(world), systemClock)(address);

test("a provider's own domain is asked of nobody", async () => {
  const world = outside({});
  const found = await createSettingsLookup(world, systemClock)("ann@gmail.com");
  expect(found).toMatchObject({ source: "provider", provider: "gmail", imap: { host: "imap.gmail.com" } });
  expect(world.asked).toEqual([]);
});

test("a tile by MX is worth more than a file: Microsoft wants another way in", async () => {
  const files = { "https://autoconfig.shop.example/mail/config-v1.1.xml": xml("imap.shop.example") };
  const found = await look({ mx: ["shop-example.mail.protection.outlook.com"], files });
  expect(found).toMatchObject({ source: "mx", provider: "microsoft365" });
});

test("the domain's file, then its DNS; what does not answer is passed over", async () => {
  const files = { "https://shop.example/.well-known/autoconfig/mail/config-v1.1.xml": xml("a.shop.example") };
  const srv = { "_imaps._tcp.shop.example": "b.shop.example" };
  const both = ["a.shop.example:993", "b.shop.example:993"];
  expect(await look({ files, srv, greets: both })).toMatchObject({
    source: "autoconfig",
    from: "shop.example",
    imap: { host: "a.shop.example" },
    reachable: true,
    username: "ann@shop.example",
  });
  expect(await look({ files, srv, greets: both.slice(1) })).toMatchObject({ source: "srv", reachable: true });
  expect(await look({ files, srv })).toMatchObject({ source: "autoconfig", reachable: false });
});

test("the usual names, TLS before STARTTLS, and only where something greets", async () => {
  const greets = [
    "mail.shop.example:993",
    "imap.shop.example:143",
    "smtp.shop.example:587",
    "mail.shop.example:465",
  ];
  expect(await look({ greets })).toMatchObject({
    source: "guess",
    imap: { host: "mail.shop.example", port: 993, security: "tls" },
    smtp: { host: "mail.shop.example", port: 465, security: "tls" },
  });
  expect(await look({})).toMatchObject({ source: "none", imap: null, reachable: null });
});

test.each(["ann@localhost", "ann@10.0.0.1", "ann@[127.0.0.1]", "ann@a b", "ann@", "ann@x..y"])(
  "%s is asked of nobody",
  async (address) => {
    const world = outside({ greets: ["localhost:993"] });
    expect(await createSettingsLookup(world, systemClock)(address)).toMatchObject({ source: "none" });
    expect(world.asked).toEqual([]);
  },
);

test("a domain is looked up once in ten minutes, for all its addresses", async () => {
  const world = outside({ greets: ["imap.shop.example:993"] });
  let now = 0;
  const lookup = createSettingsLookup(world, { ...systemClock, monotonic: () => now });
  const [one, two] = await Promise.all([lookup("ann@shop.example"), lookup("bob@shop.example")]);
  expect([one.username, two.username]).toEqual(["ann@shop.example", "bob@shop.example"]);
  expect(world.asked.filter((what) => what.startsWith("mx"))).toHaveLength(1);
  now = 11 * 60_000;
  await lookup("ann@shop.example");
  expect(world.asked.filter((what) => what.startsWith("mx"))).toHaveLength(2);
});

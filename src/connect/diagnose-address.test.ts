import { expect, test } from "vitest";
import { systemClock } from "../core/clock.ts";
import type { Seen } from "../protocol/net/look.ts";
import type { ConnectApps } from "./apps.ts";
import type { AddressSettings } from "./autoconfig/lookup.ts";
import { diagnoseAddress } from "./diagnose-address.ts";
import type { MailServer } from "./providers.ts";

const tls = (host: string, port: number): MailServer => ({ host, port, security: "tls" });
const tenant = "5d0c1a7e-1111-4222-8333-444455556666";

interface World {
  found?: Partial<AddressSettings>;
  /** By host; left out: all is well. */
  seen?: Record<string, Seen[]>;
  microsoft?: () => Response;
}

const known = () =>
  Response.json({
    issuer: `https://login.example/${tenant}/v2.0`,
    token_endpoint: `https://login.example/${tenant}/token`,
  });
const unknown = () => Response.json({ error_description: "AADSTS90002: Tenant not found." }, { status: 400 });

async function diagnose(address: string, { found = {}, seen = {}, microsoft = unknown }: World = {}) {
  const looked: string[] = [];
  const asked: string[] = [];
  const kept = {
    servers: () => ({
      imap: tls("outlook.office365.com", 993),
      smtp: tls("smtp-mail.outlook.com", 587),
      workSmtp: tls("smtp.office365.com", 587),
    }),
    loginUrl: () => "https://login.example",
    fetch: async (url: string) => (asked.push(url), microsoft()),
  };
  const diagnosis = await diagnoseAddress(
    {
      connect: {
        apps: () => ({ microsoft: null, sandbox: null, kept }) as unknown as ConnectApps,
        lookAt: async ({ host }) => (looked.push(host), seen[host] ?? [{ at: "dns", ok: true, answer: "" }]),
      },
      lookUpSettings: async () => ({
        address,
        source: "none",
        from: "shop.example",
        provider: "other",
        imap: null,
        smtp: null,
        username: address,
        reachable: null,
        ...found,
      }),
      clock: systemClock,
    },
    address,
  );
  return { ...diagnosis, looked, asked, codes: diagnosis.findings.map(({ code }) => code) };
}

const shop = { imap: tls("imap.shop.example", 993), smtp: tls("smtp.shop.example", 465) };

test("all is well", async () => {
  const { codes, checks, signIn, looked } = await diagnose("ann@shop.example", { found: shop });
  expect([codes, signIn, looked]).toEqual([[], "password", ["imap.shop.example", "smtp.shop.example"]]);
  expect(checks.map(({ step, state }) => [step, state])).toEqual([
    ["settings", "ok"],
    ["identity", "ok"],
    ["reading", "ok"],
    ["sending", "ok"],
  ]);
});

test.each<[string, Seen, string]>([
  [
    "a name that is none",
    { at: "dns", ok: false, answer: "ENOTFOUND imap.shop.example:993" },
    "host_not_found",
  ],
  ["a closed port", { at: "tcp", ok: false, answer: "ECONNREFUSED imap.shop.example:993" }, "host_refused"],
  ["a silent port", { at: "tcp", ok: false, answer: "ETIMEDOUT imap.shop.example:993" }, "host_silent"],
  ["an old certificate", { at: "tls", ok: false, answer: "certificate has expired" }, "tls_expired"],
  ["a shell", { at: "greeting", ok: false, answer: "unexpected greeting: SSH-2.0-x" }, "wrong_protocol"],
  [
    "a web server",
    { at: "greeting", ok: false, answer: "unexpected greeting: HTTP/1.1 400" },
    "wrong_protocol",
  ],
  [
    "a forbidden address",
    { at: "dns", ok: false, answer: "host_not_allowed 10.0.0.1:993" },
    "host_not_allowed",
  ],
])("%s is named, with what was seen", async (_what, seen, code) => {
  const { codes, checks, findings } = await diagnose("ann@shop.example", {
    found: shop,
    seen: { "imap.shop.example": [seen] },
  });
  expect(codes).toEqual([code]);
  expect(checks.find(({ step }) => step === "reading")?.state).toBe("failed");
  expect(findings[0]?.evidence[0]?.line).toContain(seen.answer);
});

test("IPv6 leads nowhere, IPv4 does", async () => {
  const { codes } = await diagnose("ann@shop.example", {
    found: shop,
    seen: {
      "smtp.shop.example": [
        { at: "dns", ok: true, answer: "" },
        { at: "tcp", ok: false, answer: "ETIMEDOUT smtp.shop.example:465" },
        { at: "tcp", ok: true, answer: "", ipv4: true },
      ],
    },
  });
  expect(codes).toEqual(["ipv6_broken"]);
});

test("a domain whose servers nobody tells: not found, unless Microsoft knows it", async () => {
  expect((await diagnose("ann@shop.example")).codes).toEqual(["settings_not_found"]);
  const there = await diagnose("ann@shop.example", { microsoft: known });
  expect([there.codes, there.signIn, there.settings.provider, there.organization]).toEqual([
    [],
    "oauth",
    "microsoft365",
    { known: true, tenantId: tenant },
  ]);
  expect(there.looked).toEqual(["outlook.office365.com", "smtp.office365.com"]);
});

test("a personal account belongs to no organization, and another provider's address is no matter of Microsoft's", async () => {
  const personal = await diagnose("ann@hotmail.com", { found: { provider: "outlook" }, microsoft: known });
  expect([personal.organization, personal.signIn]).toEqual([null, "oauth"]);
  expect(personal.asked).toEqual(["https://login.example/consumers/v2.0/.well-known/openid-configuration"]);
  expect((await diagnose("ann@gmail.com", { found: { ...shop, provider: "gmail" } })).asked).toEqual([]);
});

test("a clock that is an hour off is told", async () => {
  const date = new Date(systemClock.now() + 3_600_000).toUTCString();
  const { codes, findings } = await diagnose("ann@shop.example", {
    found: shop,
    microsoft: () => Response.json({}, { headers: { date } }),
  });
  expect([codes, findings[0]?.params["minutes"]]).toEqual([["clock_skew"], "60"]);
});

test("Microsoft that does not answer, or not as itself, tells nothing", async () => {
  const silent = await diagnose("ann@shop.example", {
    found: shop,
    microsoft: () => {
      throw new TypeError("fetch failed");
    },
  });
  const page = await diagnose("ann@shop.example", { found: shop, microsoft: () => new Response("<html>") });
  expect([silent.codes, silent.organization, page.organization]).toEqual([[], null, null]);
});

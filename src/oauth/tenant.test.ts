import { expect, test } from "vitest";
import { askTenant } from "./tenant.ts";

const now = Date.UTC(2026, 0, 2, 10, 0, 0, 500);
const asked: string[] = [];
const ask = (answer: () => Response) =>
  askTenant(
    {
      loginUrl: "https://login.example",
      clock: { now: () => now },
      fetch: async (url) => (asked.push(url), answer()),
    },
    "shop.example",
  );
const tenant = "5d0c1a7e-1111-4222-8333-444455556666";
const document = {
  issuer: `https://login.example/${tenant}/v2.0`,
  token_endpoint: `https://login.example/${tenant}/oauth2/v2.0/token`,
};

test("a domain of an organization names its tenant, and the answer's date tells the clocks apart", async () => {
  const headers = { date: "Fri, 02 Jan 2026 09:50:00 GMT" };
  expect(await ask(() => Response.json(document, { headers }))).toEqual({
    outcome: "known",
    tenantId: tenant,
    answer: document.issuer,
    skewMs: 600_000,
  });
  expect(asked[0]).toBe("https://login.example/shop.example/v2.0/.well-known/openid-configuration");
});

test("AADSTS90002 says that it is of none", async () => {
  const error_description = "AADSTS90002: Tenant 'shop.example' not found.";
  expect(
    await ask(() => Response.json({ error: "invalid_tenant", error_description }, { status: 400 })),
  ).toEqual({
    outcome: "unknown",
    tenantId: null,
    answer: error_description,
    skewMs: null,
  });
});

test.each([
  ["a page", () => new Response("<html>", { status: 200 })],
  ["nothing", () => new Response("", { status: 404 })],
  ["another refusal", () => Response.json({ error_description: "AADSTS50059: no" }, { status: 400 })],
  ["no tenant in it", () => Response.json({ issuer: "x", token_endpoint: "y" })],
])("%s tells neither", async (_what, answer) => {
  expect((await ask(answer)).outcome).toBe("unclear");
});

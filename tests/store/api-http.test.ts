/** What every answer keeps to: problems (RFC 9457), limits, probes, the API's document, and security headers. */
import { readFileSync } from "node:fs";
import http from "node:http";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { password, startApi, type Answer, type ApiRig, type Team } from "../support/api.ts";
import { onServer } from "../support/postgres-setup.ts";
import { seed, type Seed } from "./api-seed.ts";

let rig: ApiRig;
let team: Team;
let ids: Seed;
beforeAll(async () => {
  rig = await startApi();
  team = await rig.workspace("Marlow");
  ids = await seed(rig, team, "marlow");
});
afterAll(() => rig.close());

const get = (path: string): Promise<Answer> => rig.call(path, { key: team.keys.owner });

const post = (path: string, body: unknown, headers = {}): Promise<Answer> =>
  rig.call(path, { method: "POST", key: team.keys.owner, body, headers });
const message = (rest: string): Promise<Answer> => get(`/v1/messages/${ids.message}${rest}`);

describe("problems", () => {
  const json = { "content-type": "application/json" };
  const noId = "/v1/mailboxes/not-an-id";
  const nobody = "01890000-0000-7000-8000-000000000000";
  const unknown = `/v1/mailboxes/${nobody}`;
  const dayCursor = (day: string): string =>
    `/v1/conversations?cursor=${Buffer.from(`${day}T00:00:00.000000Z|${nobody}`).toString("base64url")}`;

  test.each<[string, () => Promise<Answer>, number, string, string | undefined]>([
    ["a field that is missing", () => post("/v1/api-keys", {}), 400, "invalid_request", "name"],
    [
      "a nested field",
      () =>
        post("/v1/mailboxes", {
          address: "a@b.example",
          imap: { host: "imap.b.example", port: 99_999, security: "tls" },
          username: "a",
          password: "b",
        }),
      400,
      "invalid_request",
      "imap.port",
    ],
    [
      "an address that is none",
      () => post("/v1/invitations", { email: "no" }),
      400,
      "invalid_request",
      "email",
    ],
    ["a limit over 500", () => get("/v1/conversations?limit=501"), 400, "invalid_request", "limit"],
    ["a limit of 0", () => get("/v1/conversations?limit=0"), 400, "invalid_request", "limit"],
    ["a view that is none", () => get("/v1/conversations?view=new"), 400, "invalid_request", "view"],
    ["a cursor that is none", () => get("/v1/conversations?cursor=xyz"), 400, "invalid_request", "cursor"],
    ["an id that is none", () => get(noId), 400, "invalid_request", "id"],
    ["an id nobody has", () => get(unknown), 404, "not_found", undefined],
    ["broken JSON", () => post("/v1/api-keys", "{", json), 400, "invalid_request", undefined],
    [
      "no JSON at all",
      () => post("/v1/api-keys", "name=x", { "content-type": "text/plain" }),
      415,
      "unsupported_media_type",
      undefined,
    ],
    [
      "a poisoned prototype",
      () => post("/v1/api-keys", '{"__proto__":{}}', json),
      400,
      "invalid_request",
      undefined,
    ],
    [
      "a body of 5 MB",
      () => post("/v1/api-keys", `"${"x".repeat(5_000_000)}"`, json),
      413,
      "payload_too_large",
      undefined,
    ],
    [
      "a file of 26 MB",
      () =>
        post("/v1/uploads?filename=x", Buffer.alloc(26 * 1024 * 1024), {
          "content-type": "application/octet-stream",
        }),
      413,
      "payload_too_large",
      undefined,
    ],
    [
      "a file where none is taken",
      () =>
        rig.call("/api/auth/sign-in/email", {
          method: "POST",
          body: new Uint8Array([1]),
          headers: { "content-type": "application/octet-stream" },
        }),
      415,
      "unsupported_media_type",
      undefined,
    ],
    ["a route that is none", () => get("/v1/nothing"), 404, "not_found", undefined],
    ["a method that is none", () => post("/v1/status", {}), 405, "method_not_allowed", undefined],
    ["a cursor of no day", () => get(dayCursor("2026-02-30")), 400, "invalid_request", "cursor"],
    ["a cursor of no year", () => get(dayCursor("0000-01-01")), 400, "invalid_request", "cursor"],
    ["an address that cannot be decoded", () => get("/v1/mailboxes/%zz"), 400, "invalid_request", undefined],
  ])("%s", async (_what, ask, status, code, field) => {
    const { status: got, json: problem, headers } = await ask();
    expect([got, problem]).toMatchObject([status, { code, status }]);
    expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(problem["type"]).toMatch(new RegExp(`[#:]${code}$`));
    for (const key of ["title", "detail", "hint", "instance"]) expect(problem[key]).toBeTypeOf("string");
    expect(problem["field"]).toBe(field);
  });

  test("an unexpected failure says nothing of its inside, a full disk that it is full", async () => {
    let failure: Error = new Error("SELECT secret_canary FROM x");
    const broken = await startApi({
      deps: {
        setup: { needed: () => Promise.reject(failure), claim: () => Promise.reject(new Error("no")) },
      },
    });
    try {
      const answer = await broken.call("/v1/session");
      expect([answer.status, answer.json["code"]]).toEqual([500, "internal"]);
      expect(answer.text).not.toContain("canary");
      expect(broken.logged()).toContain("secret_canary"); // the operator sees it, under the answer's number
      expect(broken.logged()).toContain(String(answer.json["instance"]));
      for (const code of ["53100", "ENOSPC"]) {
        failure = Object.assign(new Error("no room"), { code });
        const full = await broken.call("/v1/session");
        expect([full.status, full.json["code"]]).toEqual([507, "disk_full"]);
      }
    } finally {
      await broken.close();
    }
  });

  test("a wrong method is told with those that are right, a missing sign-in with its scheme", async () => {
    const { headers } = await rig.call("/v1/mailboxes", { method: "PUT" });
    expect(headers.get("allow")).toBe("GET, HEAD, POST");
    expect((await rig.call("/healthz", { method: "OPTIONS" })).headers.get("allow")).toBe("GET, HEAD");
    expect((await rig.call("/v1/mailboxes")).headers.get("www-authenticate")).toBe("Bearer");
  });

  test("what is too long to be read is a problem too", async () => {
    const { status, text } = await rawRequest({ path: `/v1/conversations?q=${"x".repeat(20_000)}` });
    expect([status, JSON.parse(text)]).toMatchObject([431, { status: 431, code: "invalid_request" }]);
  });

  test("many requests of one session are slowed down, with the time to wait", async () => {
    const { cookie } = await team.join("agent");
    const answers = [];
    for (let round = 0; round < 13; round++) {
      const some = Array.from({ length: 100 }, () =>
        rig.call("/v1/me", { cookie, method: "PATCH", body: {} }),
      );
      answers.push(...(await Promise.all(some)));
    }
    const last = answers.at(-1)!;
    expect([last.status, last.json["code"]]).toEqual([429, "rate_limited"]);
    const waitMs = Number(last.json["retryAfterMs"]);
    expect(waitMs).toBeGreaterThan(0);
    expect(Number(last.headers.get("retry-after"))).toBe(Math.ceil(waitMs / 1000));
    // Another header makes no other caller, and another caller is not held up.
    const same = { cookie: `a=1; ${cookie}`, method: "PATCH", body: {} };
    expect((await rig.call("/v1/me", same)).status).toBe(429);
    expect((await rig.call("/v1/me", { ...same, cookie: team.cookie })).status).toBe(200);
  });

  test("a key may read everything one by one", async () => {
    const { headers } = await get("/v1/status");
    expect(headers.get("x-ratelimit-limit")).toBe("60000");
  });
});

describe("probes", () => {
  test("/healthz says only alive", async () => {
    const { status, json } = await rig.call("/healthz");
    expect([status, json]).toEqual([200, { alive: true }]);
  });

  test("/readyz is red when a mailbox is looked after by nobody, and when the database is gone", async () => {
    const { pool, url } = rig.database;
    await pool.query("UPDATE mailboxes SET owner_since = now()");
    expect((await rig.call("/readyz")).json).toEqual({ ready: true, problems: [] });
    await pool.query(
      "UPDATE mailboxes SET owner_since = now() - interval '16 seconds', created_at = now() - interval '1 hour', state_since = now() - interval '1 hour'",
    );
    const unowned = await rig.call("/readyz");
    expect([unowned.status, unowned.json["problems"]]).toEqual([
      503,
      ["1 mailboxes are looked after by nobody"],
    ]);
    const forsaken = await rig.call("/metrics");
    expect(forsaken.text).toMatch(/hitchpost_mailboxes_unowned\{version="[^"]+"\} 1/);
    await pool.query("UPDATE mailboxes SET owner_since = now()");
    const name = new URL(url).pathname.slice(1);
    const server = inject("postgresUrl");
    await onServer(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    try {
      await onServer(
        server,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
      const gone = await rig.call("/readyz");
      expect([gone.status, gone.json]).toEqual([
        503,
        { ready: false, problems: ["the database does not answer"] },
      ]);
      expect((await rig.call("/healthz")).status).toBe(200);
      const metrics = await rig.call("/metrics");
      expect([metrics.status, metrics.text]).toEqual([200, expect.stringContaining("process_cpu")]);
      const status = await get("/v1/status");
      expect([status.status, status.json["code"]]).toEqual([503, "database_unavailable"]);
      expect(status.text).not.toContain(name); // which database is the operator's business
    } finally {
      await onServer(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    }
    expect((await rig.call("/readyz")).status).toBe(200);
  });

  test("/metrics is for loopback, names no address, and knows nothing of proxies", async () => {
    const metrics = await rig.call("/metrics");
    expect(metrics.status).toBe(200);
    expect(metrics.text).toMatch(/hitchpost_mailboxes\{state="live",version="[^"]+"\} 1/);
    expect(metrics.text).not.toContain("marlow");
    expect(metrics.text).not.toContain(team.workspaceId);
    const proxied = await rig.call("/metrics", { headers: { "x-forwarded-for": "203.0.113.5" } });
    expect(proxied.status).toBe(403);
  });

  test("/metrics with a token wants it from everybody", async () => {
    const token = "a-token-of-sixteen-or-more";
    const guarded = await startApi({
      deps: { metrics: { token, render: async () => ({ contentType: "text/plain", body: "x 1" }) } },
    });
    try {
      expect((await guarded.call("/metrics")).status).toBe(403);
      expect((await guarded.call("/metrics", { key: `${token}x` })).status).toBe(403);
      expect((await guarded.call("/metrics", { key: token })).text).toBe("x 1");
    } finally {
      await guarded.close();
    }
  });

  test("the document that is served is the one in docs/", async () => {
    const { json } = await rig.call("/openapi.json");
    const kept = JSON.parse(readFileSync("docs/openapi.json", "utf8")) as { info: { version: string } };
    expect(json["openapi"]).toBe("3.1.0");
    expect({ ...json, info: null }).toEqual({ ...kept, info: null });
    expect((await rig.call("/docs/")).headers.get("content-type")).toMatch(/^text\/html/);
  });

  test("the sandbox's pages are no part of it", async () => {
    const withSandbox = await startApi({ deps: { sandbox: { prefix: "/sandbox", target: () => rig.url } } });
    try {
      const { json } = await withSandbox.call("/openapi.json");
      expect(json["paths"]).toEqual((await rig.call("/openapi.json")).json["paths"]);
    } finally {
      await withSandbox.close();
    }
  });
});

describe("headers", () => {
  test("of the API", async () => {
    const { headers } = await get("/v1/mailboxes");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  test("of the page: every path that is no API's, with a strict policy", async () => {
    for (const path of ["/", "/inbox/all", "/connect/xyz", "/setup"]) {
      const { status, headers, text } = await rig.call(path);
      expect([path, status, text]).toEqual([path, 200, "<!doctype html><title>Hitchpost</title>"]);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("object-src 'none'");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("cache-control")).toBe("no-cache");
    }
    const asset = await rig.call("/assets/main-1.js");
    expect([asset.status, asset.headers.get("cache-control")]).toEqual([
      200,
      "public, max-age=31536000, immutable",
    ]);
    for (const path of [
      "/assets/../../setup-token",
      "/assets/%2e%2e/%2e%2e/setup-token",
      "/assets/..%2f..%2fsetup-token",
    ]) {
      const { status, text } = await rawRequest({ path });
      expect([path, status === 200 && !text.startsWith("<!doctype html>")]).toEqual([path, false]);
    }
    expect((await rig.call("/assets/missing.js")).status).toBe(404);
    expect((await rig.call("/inbox", { method: "POST", body: {} })).status).toBe(404);
  });

  test("127.0.0.1 is sent on to localhost, where the sign-in leads back to", async () => {
    const page = await fetch(`${rig.url.replace("localhost", "127.0.0.1")}/inbox?x=1`, {
      redirect: "manual",
    });
    expect([page.status, page.headers.get("location")]).toEqual([302, `${rig.url}/inbox?x=1`]);
  });

  test("of a mail's own page: exactly the policy of the design", async () => {
    const { headers, text } = await message("/body");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    );
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toContain("marlow");
    expect(text).not.toContain("<script");
    expect(text).not.toMatch(/\s(src|href)="https?:/);
  });

  test("remote pictures come through the proxy, once they were allowed", async () => {
    const { text } = await message("/body?images=once");
    expect(text).not.toMatch(/\s(src|href)="https?:/);
    const path = /\/v1\/messages\/[^"]+\/images\/[^"]+/.exec(text)?.[0] ?? "";
    const image = await get(path);
    expect([image.status, image.headers.get("content-type")]).toEqual([200, "image/gif"]);
    expect(image.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
    expect((await get(`${path}x`)).status).toBe(404);
  });

  test.each(["/attachments/1", "/attachments/1?inline=true"])("of an attachment: %s", async (path) => {
    const { headers, text, status } = await message(path);
    expect([status, text]).toEqual([200, '<script>alert("marlow")</script>']);
    expect(headers.get("content-type")).toBe("application/octet-stream"); // the mail says text/html
    expect(headers.get("content-disposition")).toBe(
      `attachment; filename="Rechnung _marlow___.html"; filename*=UTF-8''Rechnung%20%E2%80%9Emarlow%E2%80%9C__.html`,
    );
    expect(headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });

  test("of a raw message: a file, never a page", async () => {
    const { headers, text } = await message("/raw");
    expect(text).toContain("Message-ID: <marlow@example>");
    expect(headers.get("content-type")).toBe("message/rfc822");
    expect(headers.get("content-disposition")).toMatch(/^attachment; filename="[0-9a-f-]+\.eml"/);
    expect(headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
    expect(rig.logged()).not.toContain("already sent");
  });
});

/** A request that no client has put in order. */
function rawRequest(
  options: http.RequestOptions & { body?: string },
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port: new URL(rig.url).port, ...options },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    request.once("error", reject);
    request.end(options.body);
  });
}

const head = (path: string, key?: string): Promise<Answer> =>
  rig.call(path, { method: "HEAD", ...(key === undefined ? {} : { key }) });

test("HEAD answers as GET does, rights and all", async () => {
  expect((await head("/")).status).toBe(200);
  expect((await head("/healthz")).status).toBe(200);
  expect((await head("/v1/mailboxes", team.keys.agent)).status).toBe(200);
  expect((await head("/v1/api-keys", team.keys.agent)).status).toBe(403);
  expect((await head("/v1/mailboxes")).status).toBe(401);
  const events = await head("/v1/events", team.keys.agent);
  expect([events.status, events.headers.get("content-type")]).toEqual([
    200,
    "text/event-stream; charset=utf-8",
  ]);
});

test("a name that was rebound to this server is no origin of ours", async () => {
  const { port } = new URL(rig.url);
  const ask = (name: string) => ({
    method: "PATCH",
    path: "/v1/me",
    headers: {
      host: `${name}:${port}`,
      origin: `http://${name}:${port}`,
      cookie: team.cookie,
      "content-type": "application/json",
    },
    body: "{}",
  });
  expect((await rawRequest(ask("rebound.example"))).status).toBe(403);
  expect((await rawRequest(ask("192.168.1.5"))).status).toBe(200);
});

test("signing in works by an address of this machine, too", async () => {
  const { port } = new URL(rig.url);
  const headers = {
    host: `192.168.1.5:${port}`,
    origin: `http://192.168.1.5:${port}`,
    "content-type": "application/json",
  };
  const body = JSON.stringify({ email: team.owner.email, password });
  const answer = await rawRequest({ method: "POST", path: "/api/auth/sign-in/email", headers, body });
  expect(answer.status).toBe(200);
});

import { expect, test } from "vitest";
import { readAnswer, silentAnswer, type AppAnswer, type AppProbe, type RawAnswer } from "./answer.ts";
import { daysLeft } from "./facts.ts";
import { expiryOf, judgeApp, type CheckedApp } from "./judge.ts";

const now = Date.parse("2027-01-10T12:00:00Z");
const redirectUri = "https://mail.shop.example/oauth/callback";
const app: CheckedApp = {
  name: "Post",
  clientId: "b7c1a4de-0000-4000-8000-000000000001",
  clientSecret: "Val~ue.of-40_characters",
  tenant: "common",
  secretExpiresOn: null,
  redirectUri,
  publicUrl: "https://mail.shop.example",
};

const read = (probe: AppProbe, raw: Partial<RawAnswer>, at = now): AppAnswer =>
  readAnswer(
    probe,
    { status: 200, location: null, contentType: "application/json", date: null, body: "", ...raw },
    { host: "login.microsoftonline.com", at, redirectUri },
  );
const json = (error: string, number: number, words: string): Partial<RawAnswer> => ({
  status: 400,
  body: JSON.stringify({
    error,
    error_description: `AADSTS${number}: ${words} Trace ID: 0a1b Correlation ID: 2c Timestamp: 2027-01-10 12:00:00Z`,
    error_codes: [number],
  }),
});
const page = (body: string): Partial<RawAnswer> => ({ contentType: "text/html", body });

const good: AppAnswer[] = [
  read("public_url", { body: '{"alive":true}' }),
  read("discovery", { body: '{"issuer":"x"}', date: "Sun, 10 Jan 2027 12:00:30 GMT" }),
  read("authorize", {
    status: 302,
    location: `${redirectUri}?error=login_required&error_description=AADSTS50058%3A+no+session&state=x`,
  }),
  read("consumers", { status: 302, location: `${redirectUri}?error=login_required&state=x` }),
  read("code", json("invalid_grant", 9_002_313, "Invalid request. Request is malformed or invalid.")),
];
const withAnswer = (answer: AppAnswer): AppAnswer[] => [
  ...good.filter(({ probe }) => probe !== answer.probe),
  answer,
];
const codes = (answers: AppAnswer[], more: Partial<CheckedApp> = {}, nowMs = now): string[] =>
  judgeApp(answers, { ...app, ...more }, nowMs).findings.map(({ code }) => code);

test("an app as it should be: proved where it can be, unknown where it cannot", () => {
  const { checks, findings } = judgeApp(good, app, now);
  expect(findings).toEqual([]);
  expect(Object.fromEntries(checks.map(({ id, state }) => [id, state]))).toEqual({
    tenant: "ok",
    client: "ok",
    secret: "ok",
    redirect: "ok",
    audience: "ok",
    permissions: "unknown",
    device: "unknown",
    public_url: "ok",
    clock: "ok",
    publisher: "unknown",
  });
});

test.each<[string, AppAnswer, string]>([
  [
    "tenant",
    read("discovery", json("invalid_tenant", 90_002, "Tenant 'x' not found.")),
    "app_tenant_unknown",
  ],
  ["client id", read("authorize", page("AADSTS700016: Application with identifier")), "app_client_unknown"],
  [
    "secret",
    read("code", json("invalid_client", 7_000_215, "Invalid client secret provided.")),
    "app_secret_wrong",
  ],
  ["secret expired", read("code", json("invalid_client", 7_000_222, "expired keys")), "app_secret_expired"],
  ["without a number", read("code", { status: 401, body: '{"error":"invalid_client"}' }), "app_secret_wrong"],
  ["type SPA", read("code", json("invalid_request", 9_002_327, "single-page")), "app_redirect_spa"],
  [
    "redirect",
    read("authorize", page('<script>$Config={"sErrorCode":"50011","x":1};</script>')),
    "app_redirect_mismatch",
  ],
  [
    "one tenant",
    read("authorize", page("AADSTS50194: Application is not multi-tenant")),
    "app_single_tenant",
  ],
  ["personal only", read("authorize", page("AADSTS9002331: use /consumers")), "app_personal_only"],
  [
    "not for personal accounts",
    read(
      "consumers",
      page("unauthorized_client: The client does not exist or is not enabled for consumers."),
    ),
    "app_work_only",
  ],
  [
    "redirect, in the words of personal accounts",
    read(
      "consumers",
      page(
        "invalid_request: The provided value for the input parameter &#39;redirect_uri&#39; is not valid.",
      ),
    ),
    "app_redirect_mismatch",
  ],
  ["permission", read("device", json("invalid_resource", 650_057, "not listed")), "app_permission_missing"],
  ["proxy", read("discovery", page("<html>Sign in to the guest network</html>")), "identity_answer_invalid"],
  [
    "no way",
    silentAnswer("discovery", "getaddrinfo ENOTFOUND", { host: "login.example", at: now }),
    "identity_unreachable",
  ],
  ["clock", read("discovery", { body: "{}", date: "Sun, 10 Jan 2027 11:40:00 GMT" }), "clock_skew"],
  [
    "another program",
    { ...read("public_url", page("Welcome to nginx")), outcome: "page" },
    "public_url_elsewhere",
  ],
])("%s", (_what, answer, code) => {
  expect(codes(withAnswer(answer))).toEqual([code]);
});

test("an ID in place of the value is named as such, also where nobody answers", () => {
  const clientSecret = "0F6A7C2E-91d4-4b7e-8a35-5e2d1c0b9f47";
  const refused = read("code", json("invalid_client", 7_000_215, "Invalid client secret provided."));
  expect(codes(withAnswer(refused), { clientSecret })).toEqual(["app_secret_is_id"]);
  expect(codes([], { clientSecret })).toEqual(["app_secret_is_id"]);
});

test("what another authority says of client, tenant or audience is no mistake of the app", () => {
  const elsewhere = read("credentials", json("unauthorized_client", 700_016, "not found in the directory"));
  expect(codes([...good, elsewhere])).toEqual([]);
  const audience = read("credentials", json("invalid_request", 9_002_346, "for personal accounts"));
  expect(codes([...good, audience], { tenant: "consumers" })).toEqual([]);
});

test("without a secret: device code switched off, or a web app that wants one", () => {
  const publicApp = { clientSecret: null };
  const needed = json("invalid_client", 7_000_218, "must contain client_secret");
  expect(codes([...good, read("device_poll", needed)], publicApp)).toEqual(["app_device_code_off"]);
  expect(codes(withAnswer(read("code", needed)), publicApp)).toEqual(["app_secret_missing"]);
  const pending = read("device_poll", json("authorization_pending", 70_016, "pending"));
  expect(judgeApp([...good, pending], { ...app, ...publicApp }, now).checks).toContainEqual({
    id: "device",
    state: "ok",
  });
});

test("plain http on another name is a warning, with the way that works", () => {
  const { checks, findings } = judgeApp(
    [],
    { ...app, redirectUri: "http://192.168.1.5:3000/oauth/callback" },
    now,
  );
  expect(findings.map(({ code }) => code)).toEqual(["app_redirect_unusable"]);
  expect(checks).toContainEqual({ id: "redirect", state: "warning" });
});

test("evidence is the server's sentence, without trace ids and secrets", () => {
  const echo = json(
    "invalid_client",
    7_000_215,
    "Invalid client secret provided: client_secret=canary-0123456789abcdef.",
  );
  const [finding] = judgeApp(withAnswer(read("code", echo)), app, now).findings;
  expect(finding?.evidence).toHaveLength(1);
  const { line } = finding!.evidence[0]!;
  expect(line).toContain("AADSTS7000215: Invalid client secret provided");
  expect(line).not.toMatch(/Trace ID|canary/);
});

test.each([
  ["2027-01-09", "app_secret_expired", -1],
  ["2027-01-10", "app_secret_expiring", 0],
  ["2027-02-09", "app_secret_expiring", 30],
  ["2027-02-10", null, 31],
])("a secret that is good until %s", (day, code, days) => {
  expect(daysLeft(day, now)).toBe(days);
  expect(expiryOf({ ...app, secretExpiresOn: day }, now)?.code ?? null).toBe(code);
});

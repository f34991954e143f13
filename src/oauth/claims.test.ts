import { expect, test } from "vitest";
import { consumerTenantId, issuerFor, readAccount } from "./claims.ts";

const personal = { tid: consumerTenantId, oid: "o", sub: "s", name: "Ann" };

test("a personal account, with what it is called", () => {
  expect(
    readAccount({ ...personal, preferred_username: "Ann@Outlook.com", email: "ann@outlook.com" }),
  ).toEqual({
    tid: consumerTenantId,
    oid: "o",
    kind: "personal",
    addresses: ["ann@outlook.com"],
    principal: "Ann@Outlook.com",
    name: "Ann",
  });
});

test("a work account; its user name signs in, not its e-mail address", () => {
  const account = readAccount({
    tid: "11111111-2222-3333-4444-555555555555",
    oid: "o",
    sub: "s",
    upn: "ann@corp.example",
    email: "ann.smith@corp.example",
  });
  expect(account).toMatchObject({
    kind: "work",
    principal: "ann@corp.example",
    addresses: ["ann@corp.example", "ann.smith@corp.example"],
    name: null,
  });
});

test("`email` may be missing, and so may `oid`", () => {
  const { oid: _left, ...rest } = personal;
  expect(readAccount({ ...rest, preferred_username: "ann@outlook.com" })).toMatchObject({
    oid: "s",
    principal: "ann@outlook.com",
  });
});

test("odd claims beside an address do not refuse the sign-in; a name is cut", () => {
  const claims = {
    ...personal,
    preferred_username: "ann@outlook.com",
    email: 7,
    upn: null,
    name: "A".repeat(256),
  };
  expect(readAccount(claims)).toMatchObject({ addresses: ["ann@outlook.com"], name: "A".repeat(200) });
});

test.each([
  ["no tenant", { oid: "o", sub: "s", email: "a@b.example" }],
  ["no address", personal],
  ["a user name that is no address", { ...personal, preferred_username: "+491511234567" }],
  ["nothing", null],
])("%s is an answer that failed a check", (_what, claims) => {
  expect(() => readAccount(claims)).toThrow(expect.objectContaining({ code: "oauth_invalid_response" }));
});

const common = "https://login.microsoftonline.com/{tenantid}/v2.0";
const answerWith = (idToken: unknown): Response => Response.json({ id_token: idToken });
const tokenOf = (claims: object): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

test("the common issuer is filled with the token's own tenant", async () => {
  const tid = consumerTenantId;
  expect(await issuerFor(common, answerWith(tokenOf({ tid })))).toBe(
    `https://login.microsoftonline.com/${tid}/v2.0`,
  );
});

test.each([
  ["a tenant that is none", tokenOf({ tid: "../evil" })],
  ["no tenant", tokenOf({})],
  ["no JWT", "x"],
  ["no token", undefined],
])("%s leaves the placeholder, which no issuer equals", async (_what, token) => {
  expect(await issuerFor(common, answerWith(token))).toBe(common);
});

test("an issuer without placeholder stays, whatever the token says", async () => {
  const issuer = "https://login.partner.example/abc/v2.0";
  expect(await issuerFor(issuer, answerWith(tokenOf({ tid: consumerTenantId })))).toBe(issuer);
});

import { expect, test } from "vitest";
import type { Channel } from "../oauth/scopes.ts";
import type { Grant, GrantSecret, OAuthSecret } from "../store/grants.ts";
import { allowedChannels, tokenFor, withBroken, withConsent, withRefreshed } from "./grant-channels.ts";

type OAuthGrant = Grant & { secret: OAuthSecret };

/** As it is read back after it was stored. */
const stored = (
  { secret, accessExpiresAt }: { secret: GrantSecret; accessExpiresAt: Date | null },
  brokenCode: string | null = null,
): OAuthGrant => ({
  mailboxId: "m",
  secret: { channel: "imap", beside: [], ...secret } as OAuthSecret,
  accessExpiresAt,
  generation: 1,
  brokenCode,
  brokenDetail: null,
});

const tokens = (name: string, refreshToken: string | null = `refresh-${name}`) => ({
  accessToken: `access-${name}`,
  accessExpiresAtMs: 1_000,
  refreshToken,
  scopes: [name],
});

const grantOf = (channel: Channel) => stored(withConsent(null, channel, tokens(channel)));

test("one refresh token is tried for all channels; each has an access token of its own", () => {
  const grant = grantOf("imap");
  expect(tokenFor(grant, "imap")).toMatchObject({ accessToken: "access-imap", by: "consented" });
  const lent = { accessToken: null, refreshToken: "refresh-imap", by: "lent" };
  expect(tokenFor(grant, "graph")).toMatchObject(lent);
  const both = stored(withRefreshed(grant, "graph", tokens("graph", "rotated")));
  expect(tokenFor(both, "graph")).toMatchObject({ accessToken: "access-graph", refreshToken: "rotated" });
  expect(tokenFor(both, "imap")).toMatchObject({ accessToken: "access-imap", refreshToken: "rotated" });
  expect(both.accessExpiresAt).toEqual(grant.accessExpiresAt);
  const again = stored(withRefreshed(both, "imap", tokens("again", null)));
  expect(tokenFor(again, "imap")).toMatchObject({ accessToken: "access-again", refreshToken: "rotated" });
  expect(tokenFor(again, "graph")).toMatchObject({ accessToken: "access-graph", by: "lent" });
});

test("a second consent stands in front, and the first one's tokens beside it", () => {
  const grant = stored(withConsent(grantOf("imap"), "graph", tokens("graph")));
  expect(tokenFor(grant, "graph")).toMatchObject({ refreshToken: "refresh-graph", by: "consented" });
  expect(tokenFor(grant, "imap")).toMatchObject({ refreshToken: "refresh-imap", by: "own" });
  expect(tokenFor(grant, "pop3")).toMatchObject({ refreshToken: "refresh-graph", by: "lent" });
  expect(allowedChannels(grant)).toEqual(["graph", "imap"]);
  const rotated = stored(withRefreshed(grant, "imap", tokens("later", "rotated")));
  expect(tokenFor(rotated, "imap")).toMatchObject({ accessToken: "access-later", refreshToken: "rotated" });
  expect(tokenFor(rotated, "graph").refreshToken).toBe("refresh-graph");
});

test("the same consent once more replaces its tokens alone", () => {
  const grant = stored(withConsent(grantOf("imap"), "graph", tokens("graph")));
  const again = stored(withConsent(grant, "graph", tokens("new")));
  expect(tokenFor(again, "graph").refreshToken).toBe("refresh-new");
  expect(tokenFor(again, "imap").refreshToken).toBe("refresh-imap");
});

test("a consent that is broken takes no other with it", () => {
  const grant = stored(withConsent(grantOf("imap"), "graph", tokens("graph")));
  const broken = stored(withBroken(grant, "imap"));
  expect(tokenFor(broken, "imap")).toMatchObject({ accessToken: null, broken: true });
  expect(tokenFor(broken, "graph").broken).toBe(false);
  expect(allowedChannels(broken)).toEqual(["graph"]);
  expect(allowedChannels({ ...grant, brokenCode: "oauth_grant_invalid" })).toEqual(["imap"]);
  // A new consent leaves behind what no longer works.
  const dead = { ...grantOf("imap"), brokenCode: "oauth_grant_invalid" };
  expect(stored(withConsent(dead, "graph", tokens("graph"))).secret.beside).toEqual([]);
});

/**
 * The access tokens of one grant, a resource each, and the refresh token that brings them (Microsoft identity platform,
 * "Refresh tokens": it is not bound to a resource; personal accounts' answers differ). Pure.
 *
 * The newest consent's refresh token is tried for every channel; where Microsoft refuses that, the channel's own consent is
 * kept beside.
 */
import type { Tokens } from "../oauth/client.ts";
import type { Channel } from "../oauth/scopes.ts";
import type { Grant, GrantSecret, OAuthSecret, SideToken } from "../store/grants.ts";

export interface ChannelToken {
  accessToken: string | null;
  /** Epoch milliseconds. */
  expiresAtMs: number;
  /** What a refresh goes by. */
  refreshToken: string;
  /** `consented`: the grant's own channel. `own`: by a consent kept beside. `lent`: by the refresh token of another channel. */
  by: "consented" | "own" | "lent";
  broken: boolean;
}

type NewTokens = Pick<Tokens, "accessToken" | "accessExpiresAtMs" | "refreshToken" | "scopes">;

const besideOf = (secret: OAuthSecret, channel: Channel): SideToken | undefined =>
  secret.beside.find((token) => token.channel === channel);

/** What the grant has for a channel. */
export function tokenFor(grant: Grant & { secret: OAuthSecret }, channel: Channel): ChannelToken {
  const { secret, accessExpiresAt, brokenCode } = grant;
  const consented = { refreshToken: secret.refreshToken, broken: brokenCode !== null };
  if (secret.channel === channel) {
    const expiresAtMs = accessExpiresAt?.getTime() ?? 0;
    return { ...consented, accessToken: secret.accessToken, expiresAtMs, by: "consented" };
  }
  const beside = besideOf(secret, channel);
  const kept = { accessToken: beside?.accessToken ?? null, expiresAtMs: beside?.accessExpiresAtMs ?? 0 };
  return beside === undefined || beside.refreshToken === null
    ? { ...consented, ...kept, by: "lent" }
    : { ...kept, refreshToken: beside.refreshToken, broken: beside.broken, by: "own" };
}

/** Channels that the account's owner has allowed, as far as is known here. */
export const allowedChannels = ({ secret, brokenCode }: Grant & { secret: OAuthSecret }): Channel[] => [
  ...(brokenCode === null ? [secret.channel] : []),
  ...secret.beside
    .filter(({ broken, refreshToken }) => !broken && (refreshToken !== null || brokenCode === null))
    .map(({ channel }) => channel),
];

interface Stored {
  secret: GrantSecret;
  accessExpiresAt: Date | null;
}

/** The grant after a refresh for a channel; the rotated refresh token takes the place of the one that was used. */
export function withRefreshed(
  grant: Grant & { secret: OAuthSecret },
  channel: Channel,
  tokens: NewTokens,
): Stored {
  const { secret } = grant;
  const scope = tokens.scopes.join(" ");
  if (secret.channel === channel) {
    const refreshToken = tokens.refreshToken ?? secret.refreshToken;
    return {
      secret: { ...secret, refreshToken, accessToken: tokens.accessToken, scope },
      accessExpiresAt: new Date(tokens.accessExpiresAtMs),
    };
  }
  const own = besideOf(secret, channel)?.refreshToken ?? null;
  const { accessToken, accessExpiresAtMs, refreshToken } = tokens;
  const beside = { channel, accessToken, accessExpiresAtMs, scope, broken: false };
  return {
    secret: {
      ...secret,
      ...(own === null && refreshToken !== null && { refreshToken }),
      beside: [
        ...secret.beside.filter((token) => token.channel !== channel),
        { ...beside, refreshToken: own === null ? null : (refreshToken ?? own) },
      ],
    },
    accessExpiresAt: grant.accessExpiresAt,
  };
}

/** The grant after a refresh by the channel's own consent was refused for good. */
export const withBroken = (grant: Grant & { secret: OAuthSecret }, channel: Channel): Stored => ({
  secret: {
    ...grant.secret,
    beside: grant.secret.beside.map((token) =>
      token.channel === channel ? { ...token, accessToken: null, broken: true } : token,
    ),
  },
  accessExpiresAt: grant.accessExpiresAt,
});

/** The grant after a new consent: it is tried for every channel from now on; those of other channels stay beside. */
export function withConsent(before: Grant | null, channel: Channel, tokens: NewTokens): Stored {
  const { accessToken, accessExpiresAtMs } = tokens;
  return {
    secret: {
      kind: "oauth",
      refreshToken: tokens.refreshToken ?? "",
      accessToken,
      scope: tokens.scopes.join(" "),
      channel,
      beside: before === null ? [] : otherConsents(before, channel),
    },
    accessExpiresAt: new Date(accessExpiresAtMs),
  };
}

function otherConsents({ secret, accessExpiresAt, brokenCode }: Grant, channel: Channel): SideToken[] {
  if (secret.kind !== "oauth") return [];
  const { channel: consented, refreshToken, accessToken, scope } = secret;
  const former = {
    channel: consented,
    refreshToken,
    accessToken,
    scope,
    accessExpiresAtMs: accessExpiresAt?.getTime() ?? 0,
    broken: brokenCode !== null,
  };
  const own = secret.beside.filter((token) => token.refreshToken !== null);
  return [former, ...own].filter((token) => token.channel !== channel && !token.broken);
}

/** The doctor's further probes with a permission that has just been given, before anything is stored. */
import { accessScopes, type Channel } from "../oauth/scopes.ts";
import type { Tokens } from "../oauth/client.ts";
import type { ConnectApp } from "./apps.ts";
import type { FurtherInput } from "./doctor/probes.ts";
import { readPlaceOf } from "./open.ts";
import type { ConnectParts, ReadPlace } from "./parts.ts";
import { lookWay } from "./probe-ways.ts";

export interface PermissionAsked {
  app: ConnectApp;
  /** Where the mailbox is read. */
  read: ReadPlace;
  /** The user who opens it. */
  user: string;
  /** The newest tokens: what a probe renews is kept here. */
  kept: { tokens: Tokens };
}

/**
 * Graph where the permission reaches so far, a second try with a fresh token or over IPv4, a look at the server, the clock.
 * What IMAP alone does not tell is asked of Graph, unless the mailbox is read there anyway.
 */
export function permissionProbes(
  parts: Pick<ConnectParts, "openSource" | "lookAt">,
  { app, read, user, kept }: PermissionAsked,
): Pick<FurtherInput, "openGraph" | "openAgain" | "look" | "clockSkewMs"> {
  const renewed = renewals(app, kept);
  const channel: Channel = read.transport ?? "imap";
  return {
    ...lookWay(parts, read),
    ...(channel === "graph"
      ? {}
      : {
          openGraph: async () => {
            const accessToken = await renewed("graph");
            if (accessToken === null) return null;
            return parts.openSource(readPlaceOf(app, "graph"), async () => ({
              user: kept.tokens.account?.principal ?? "",
              accessToken,
            }));
          },
        }),
    openAgain: async (how) => {
      if (how === "ipv4" && "url" in read) return null;
      const accessToken = how === "ipv4" ? kept.tokens.accessToken : await renewed(channel);
      if (accessToken === null) return null;
      const place = how === "ipv4" && !("url" in read) ? { ...read, ipv4Only: true } : read;
      return parts.openSource(place, async () => ({ user, accessToken }));
    },
    clockSkewMs: () => app.client.clockSkewMs(),
  };
}

/** Access tokens of the same permission, one after the other: a provider may let each refresh token be used once. */
function renewals(app: ConnectApp, kept: { tokens: Tokens }): (channel: Channel) => Promise<string | null> {
  let before: Promise<unknown> = Promise.resolve();
  const renew = async (channel: Channel): Promise<string | null> => {
    const { tokens } = kept;
    if (tokens.refreshToken === null) return null;
    const next = await app.client.refresh(tokens.refreshToken, accessScopes(app, channel));
    const same = { ...tokens, refreshToken: next.refreshToken ?? tokens.refreshToken };
    const { accessToken, accessExpiresAtMs } = next;
    kept.tokens = channel === "graph" ? same : { ...same, accessToken, accessExpiresAtMs };
    return accessToken;
  };
  return (channel) => {
    const mine = before.then(() => renew(channel));
    before = mine.catch(() => undefined); // told to who asked
    return mine;
  };
}

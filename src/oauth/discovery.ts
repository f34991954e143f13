/** OpenID Connect Discovery 1.0 of the configured authority, kept for an hour. */
import * as oauth from "oauth4webapi";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { HitchpostError } from "../core/errors.ts";
import { reasonOf } from "./answer.ts";
import { boundedText } from "./bounded-body.ts";

/** Microsoft's common document names an issuer with a literal `{tenantid}`, so a URL check of the issuer would refuse it. */
const documentSchema = z.looseObject({
  issuer: z.string().min(1),
  authorization_endpoint: z.url({ protocol: /^https?$/ }),
  token_endpoint: z.url({ protocol: /^https?$/ }),
  jwks_uri: z.url({ protocol: /^https?$/ }),
  device_authorization_endpoint: z.url({ protocol: /^https?$/ }).optional(),
});

export type Discovery = oauth.AuthorizationServer & z.infer<typeof documentSchema>;

type Fetcher = (url: string, init?: RequestInit) => Promise<Response>;

const keepMs = 3_600_000;
const timeoutMs = 10_000;

/** @throws oauth_discovery_failed with what was wrong */
export async function readDiscovery(url: string, fetcher: Fetcher): Promise<Discovery> {
  const read = async () => {
    const response = await fetcher(url, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { response, text: await boundedText(response) };
  };
  const { response, text } = await read().catch((error: unknown) => {
    throw new HitchpostError("oauth_discovery_failed", `${url} cannot be reached: ${reasonOf(error)}.`, {
      cause: error,
    });
  });
  if (!response.ok) {
    throw new HitchpostError("oauth_discovery_failed", `${url} answered ${response.status}.`, {
      details: { response: text.slice(0, 300) },
    });
  }
  const document = documentSchema.safeParse(parseJson(text));
  if (!document.success) {
    throw new HitchpostError("oauth_discovery_failed", `${url} is no OpenID discovery document.`, {
      cause: document.error,
    });
  }
  return document.data as Discovery;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it with a better word
  }
}

/** A reader that asks once an hour; a failure is not kept. */
export function createDiscovery({
  loginUrl,
  tenant,
  clock,
  fetch: fetcher,
}: {
  loginUrl: string;
  tenant: string;
  clock: Clock;
  fetch: Fetcher;
}): () => Promise<Discovery> {
  let kept: { at: number; document: Promise<Discovery> } | undefined;
  return () => {
    const now = clock.monotonic();
    if (!kept || now - kept.at > keepMs) {
      const document = readDiscovery(`${loginUrl}/${tenant}/v2.0/.well-known/openid-configuration`, fetcher);
      const entry = { at: now, document };
      kept = entry;
      document.catch(() => {
        if (kept === entry) kept = undefined;
      });
    }
    return kept.document;
  };
}

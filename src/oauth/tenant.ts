/**
 * What an authority says of a domain without anybody's sign-in: its OpenID discovery names the organization's tenant, or
 * refuses with AADSTS90002 (Microsoft identity platform, "OpenID Connect", and error reference).
 */
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { boundedText } from "./bounded-body.ts";
import { aadstsOf } from "./errors.ts";

export interface TenantParts {
  /** `https://login.microsoftonline.com`; no slash at the end. */
  loginUrl: string;
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  clock: Pick<Clock, "now">;
}

export interface TenantAnswer {
  /** `known`: the domain belongs to an organization; `unknown`: to none here; `unclear`: the answer tells neither. */
  outcome: "known" | "unknown" | "unclear";
  tenantId: string | null;
  /** What it said, for evidence. */
  answer: string;
  /** This server's clock less the authority's, milliseconds; null: it named no time. */
  skewMs: number | null;
}

const timeoutMs = 5_000;
const largestBytes = 256 * 1024;

const documentSchema = z.object({ issuer: z.string(), token_endpoint: z.string() });
const refusalSchema = z.object({ error_description: z.string() });
const tenantIn = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/**
 * Asks once.
 * @param domain a domain, `common`, or a tenant's id
 * @throws what `fetch` throws when there is no answer
 */
export async function askTenant(parts: TenantParts, domain: string): Promise<TenantAnswer> {
  const url = `${parts.loginUrl}/${encodeURIComponent(domain)}/v2.0/.well-known/openid-configuration`;
  const response = await parts.fetch(url, {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await boundedText(response, largestBytes);
  const skewMs = skewOf(response.headers.get("date"), parts.clock.now());
  return { ...judge(response.status, text), skewMs };
}

/** Headers tell whole seconds: half of one is added. */
export function skewOf(date: string | null, nowMs: number): number | null {
  const theirs = Date.parse(date ?? "");
  return Number.isNaN(theirs) ? null : nowMs - (theirs + 500);
}

function judge(status: number, text: string): Omit<TenantAnswer, "skewMs"> {
  const body = parsed(text);
  const document = documentSchema.safeParse(body);
  if (status === 200 && document.success) {
    const { issuer, token_endpoint: token } = document.data;
    const tenantId = tenantIn.exec(`${issuer} ${token}`)?.[0].toLowerCase() ?? null;
    return { outcome: tenantId === null ? "unclear" : "known", tenantId, answer: issuer };
  }
  const refusal = refusalSchema.safeParse(body);
  const answer = refusal.success ? refusal.data.error_description.slice(0, 300) : `${status}`;
  return { outcome: aadstsOf(answer) === 90_002 ? "unknown" : "unclear", tenantId: null, answer };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a page: it tells nothing of the domain
  }
}

/**
 * Asks an authority about an app without a user: discovery, an authorization request that may show no page, a token request
 * with a code that nobody gave out, one of the app itself, and a device code. Nothing is stored and no token is kept.
 */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { reasonOf } from "../../oauth/answer.ts";
import { mailScopes } from "../../oauth/scopes.ts";
import { readAnswer, silentAnswer, type AppAnswer, type AppProbe, type RawAnswer } from "./answer.ts";
import type { CheckedApp } from "./judge.ts";

export interface ProbeParts {
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  clock: { now(): number };
  /** The authority: `https://login.microsoftonline.com`. */
  loginUrl: string;
  /** Prefix of the mail scopes. */
  scopeUrl: string;
}

/** For one question, milliseconds; all are asked within 15 s. */
const timeoutMs = 6_000;
const maxBodyBytes = 512 * 1024;
const maxHops = 5;

const documentSchema = z.object({
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  device_authorization_endpoint: z.url().optional(),
});
type Endpoints = z.infer<typeof documentSchema>;

/** All questions, at the same time where they do not hang together. Never throws: what is not answered is `silent`. */
export async function probeApp(parts: ProbeParts, app: CheckedApp): Promise<AppAnswer[]> {
  const asker = new Asker(parts, app);
  const [own, [discovery, endpoints]] = await Promise.all([asker.publicUrl(), asker.discovery(app.tenant)]);
  if (endpoints === null) return [own, discovery];
  const more = await Promise.all([
    asker.authorize("authorize", endpoints),
    asker.code(endpoints),
    app.clientSecret === null ? [] : asker.credentials(endpoints),
    app.tenant === "common" ? asker.consumers() : [],
    asker.device(endpoints),
  ]);
  return [own, discovery, ...more.flat()];
}

/** A form's body; the secret where there is one. */
const form = (fields: Record<string, string | null>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );

class Asker {
  readonly #parts: ProbeParts;
  readonly #app: CheckedApp;
  readonly #scope: string;

  constructor(parts: ProbeParts, app: CheckedApp) {
    this.#parts = parts;
    this.#app = app;
    this.#scope = mailScopes(parts.scopeUrl).join(" ");
  }

  async discovery(tenant: string): Promise<[AppAnswer, Endpoints | null]> {
    const url = `${this.#parts.loginUrl}/${tenant}/v2.0/.well-known/openid-configuration`;
    const [answer, raw] = await this.#ask("discovery", url);
    const document = raw === null ? null : documentSchema.safeParse(jsonOf(raw.body));
    if (document?.success === true) return [answer, document.data];
    return [answer.outcome === "ok" ? { ...answer, outcome: "page" } : answer, null];
  }

  async authorize(probe: AppProbe, endpoints: Endpoints): Promise<AppAnswer[]> {
    const url = new URL(endpoints.authorization_endpoint);
    const verifier = randomBytes(32).toString("base64url");
    const parameters = {
      client_id: this.#app.clientId,
      response_type: "code",
      response_mode: "query",
      redirect_uri: this.#app.redirectUri,
      scope: this.#scope,
      state: randomBytes(12).toString("base64url"),
      nonce: randomBytes(12).toString("base64url"),
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      prompt: "none",
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const [answer] = await this.#ask(probe, url.href);
    return [answer];
  }

  /** Personal accounts have an authority of their own, which the others hand on to. */
  async consumers(): Promise<AppAnswer[]> {
    const [, endpoints] = await this.discovery("consumers");
    return endpoints === null ? [] : this.authorize("consumers", endpoints);
  }

  async code(endpoints: Endpoints): Promise<AppAnswer[]> {
    const { clientId, clientSecret, redirectUri } = this.#app;
    const body = form({
      grant_type: "authorization_code",
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uri: redirectUri,
      scope: this.#scope,
      code: `M.C000_CHECK.2.U.${randomBytes(24).toString("base64url")}`,
      code_verifier: randomBytes(32).toString("base64url"),
    });
    const [answer] = await this.#ask("code", endpoints.token_endpoint, { method: "POST", body });
    return [answer];
  }

  /** AADSTS9001023: not at /common or /consumers, where /organizations is asked. */
  async credentials(endpoints: Endpoints): Promise<AppAnswer[]> {
    const { tenant, clientId, clientSecret } = this.#app;
    const shared = tenant === "common" || tenant === "consumers";
    const at = shared ? (await this.discovery("organizations"))[1] : endpoints;
    if (at === null) return [];
    const scope = `${this.#parts.scopeUrl}/.default`;
    const body = form({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope,
    });
    const [answer] = await this.#ask("credentials", at.token_endpoint, { method: "POST", body });
    return [answer];
  }

  /** Without a secret the token is asked for once, too: only then is it told whether public clients are allowed. */
  async device(endpoints: Endpoints): Promise<AppAnswer[]> {
    const url = endpoints.device_authorization_endpoint;
    if (url === undefined) return [];
    const { clientId } = this.#app;
    const body = form({ client_id: clientId, scope: this.#scope });
    const [answer, raw] = await this.#ask("device", url, { method: "POST", body });
    const started = z.object({ device_code: z.string() }).safeParse(jsonOf(raw?.body ?? ""));
    if (this.#app.clientSecret !== null || !started.success) return [answer];
    const poll = form({
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      client_id: clientId,
      device_code: started.data.device_code,
    });
    const [polled] = await this.#ask("device_poll", endpoints.token_endpoint, { method: "POST", body: poll });
    return [answer, polled];
  }

  /** Whether our own address leads to a Hitchpost. */
  async publicUrl(): Promise<AppAnswer> {
    const [answer, raw] = await this.#ask("public_url", `${this.#app.publicUrl}/healthz`);
    if (raw === null) return answer;
    const ours = z.object({ alive: z.literal(true) }).safeParse(jsonOf(raw.body)).success;
    return {
      ...answer,
      outcome: ours ? "ok" : "page",
      line: ours ? answer.line : `HTTP ${raw.status}: no Hitchpost`,
    };
  }

  async #ask(probe: AppProbe, url: string, init: RequestInit = {}): Promise<[AppAnswer, RawAnswer | null]> {
    const { host } = new URL(url);
    const { redirectUri } = this.#app;
    try {
      const raw = await this.#follow(url, init);
      return [readAnswer(probe, raw, { host, at: this.#parts.clock.now(), redirectUri }), raw];
    } catch (error) {
      return [silentAnswer(probe, reasonOf(error), { host, at: this.#parts.clock.now() }), null];
    }
  }

  /** Follows redirects of GET between Microsoft's own sign-in hosts, until one leads back to us. */
  async #follow(first: string, init: RequestInit): Promise<RawAnswer> {
    const signal = AbortSignal.timeout(timeoutMs);
    let url = first;
    for (let hop = 0; ; hop++) {
      const response = await this.#parts.fetch(url, { ...init, redirect: "manual", signal });
      const given = response.headers.get("location");
      const location = given === null ? null : (URL.parse(given, url)?.href ?? null);
      const goesOn =
        location !== null &&
        init.method !== "POST" &&
        !location.startsWith(this.#app.redirectUri) &&
        mayFollow(location, first);
      if (goesOn && hop < maxHops) {
        await response.body?.cancel();
        url = location;
        continue;
      }
      return {
        status: response.status,
        location,
        contentType: response.headers.get("content-type") ?? "",
        date: response.headers.get("date"),
        body: await bodyOf(response),
      };
    }
  }
}

/** The authority's own host, and login.live.com, which personal accounts are handed to. */
function mayFollow(location: string, first: string): boolean {
  const { protocol, host } = new URL(location);
  return host === new URL(first).host || (protocol === "https:" && host === "login.live.com");
}

/** At most the first half megabyte: an endless page must not fill the memory. */
async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBodyBytes).toString("utf8");
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null; // the schema refuses it
  }
}

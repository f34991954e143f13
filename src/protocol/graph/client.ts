/**
 * One request to Microsoft Graph: signed, through the mailbox's gate, under a deadline, its refusal an error of the
 * catalogue. A token that is refused is renewed once, unseen; a short pause is waited for, a longer one is told.
 */
import type { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { withoutEcho } from "../net/echo.ts";
import { networkError } from "../net/network-errors.ts";
import { looseBody, parseJson, readBody, refusalOf } from "./answer.ts";
import { graphError, isBusy, type Refusal, type Subject } from "./errors.ts";
import { createGraphLimiter, shortPauseMs, type GraphLimiter, type Urgency } from "./limiter.ts";
import { apiBase, givenLink, mailboxRoot } from "./links.ts";

/** What signs a request. `refused`: the access token that was just not taken; another one is wanted. */
export type AskGraphAuth = (refused?: string) => Promise<{ accessToken: string }>;

export type GraphFetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface GraphConnection {
  /** HITCHPOST_GRAPH_URL; `/v1.0` is added when its path names no version. */
  baseUrl: string;
  /** Principal name or id of a shared mailbox; left out: the mailbox of who signed in. */
  mailbox?: string;
  /** A token for Graph. Asked before each request: it may have been renewed. */
  auth: AskGraphAuth;
  fetch: GraphFetch;
  clock: Clock;
  log: Log;
  /** The mailbox's one gate, shared by all its sources and its sender in this process; left out: one of its own. */
  limiter?: GraphLimiter;
  /** For one request, milliseconds; default 60 s. */
  requestMs?: number;
}

export interface GraphRequest {
  /** Below the mailbox (`/mailFolders/…`), below the version (`/$batch`, with `root: "version"`), or a link that was given. */
  path: string;
  root?: "mailbox" | "version" | "link";
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** In plain words, for errors: "listing folders". */
  what: string;
  subject: Subject;
  urgency: Urgency;
  json?: unknown;
  /** A body that is no JSON. */
  body?: { type: string; bytes: Uint8Array | string };
  /** `odata.maxpagesize`. */
  pageSize?: number;
  /** How many the server counts; default 1. */
  requests?: number;
  /** Longest answer; default 10 MB. */
  capBytes?: number;
  /** Milliseconds, where the default is too short. */
  requestMs?: number;
  /** Called right before the first byte is sent: from here on the server may have acted. */
  onSend?: () => void;
  /** True: a short pause is told, too, not waited for. */
  once?: boolean;
  signal?: AbortSignal;
  /** What was refused, before it is thrown. */
  onRefusal?: (refusal: Refusal) => void;
}

export interface GraphAnswer {
  status: number;
  headers: Headers;
  body: Buffer;
}

export interface GraphClient {
  /** The address with its version, without a slash at its end. */
  readonly base: string;
  readonly mailboxPath: string;
  readonly clock: Clock;
  readonly limiter: GraphLimiter;
  /** @throws what graphError names; network_*, tls_failed, dns_failed, connection_lost, network_timeout */
  send(request: GraphRequest): Promise<GraphAnswer>;
  /** @throws also protocol_error when the answer is not of the schema */
  json<T>(schema: z.ZodType<T>, request: GraphRequest): Promise<T>;
  /** As an error of the catalogue, secrets removed. */
  errorOf(refusal: Refusal, request: Pick<GraphRequest, "what" | "subject">): HitchpostError;
  /** The token was refused within a batch. @returns false when there is no other one */
  renewToken(): Promise<boolean>;
  close(): void;
}

const defaultCapBytes = 10 * 1024 * 1024;
const defaultRequestMs = 60_000;
/** After a refusal that asks for a pause and names no time: MailboxConcurrency. */
const passingPauseMs = 1_000;
/** Tries of a request that met a short pause. */
const mostTries = 4;

export const createGraphClient = (connection: GraphConnection): GraphClient => new Client(connection);

class Client implements GraphClient {
  readonly base: string;
  readonly mailboxPath: string;
  readonly clock: Clock;
  readonly limiter: GraphLimiter;
  readonly #where: string;
  readonly #options: GraphConnection;
  readonly #closing = new AbortController();
  #token = "";

  constructor(options: GraphConnection) {
    this.base = apiBase(options.baseUrl);
    this.mailboxPath = mailboxRoot(options.mailbox);
    this.clock = options.clock;
    this.limiter = options.limiter ?? createGraphLimiter({ clock: options.clock });
    this.#where = new URL(this.base).host;
    this.#options = options;
  }

  async send(request: GraphRequest): Promise<GraphAnswer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#signed(request);
      if (answer.status < 300) return answer;
      const refusal = refusalOf(
        answer.status,
        looseBody(answer.body),
        answer.headers.get("retry-after"),
        this.clock.now(),
      );
      const pauseMs = isBusy(refusal) ? (refusal.retryAfterMs ?? passingPauseMs) : null;
      if (pauseMs !== null) this.limiter.pause(pauseMs);
      const again = request.once !== true && pauseMs !== null && pauseMs <= shortPauseMs && tries < mostTries;
      if (again) continue;
      request.onRefusal?.(refusal);
      throw this.errorOf(refusal, request);
    }
  }

  async json<T>(schema: z.ZodType<T>, request: GraphRequest): Promise<T> {
    const answer = await this.send(request);
    const parsed = schema.safeParse(parseJson(answer.body, answer, request.what));
    if (parsed.success) return parsed.data;
    throw new HitchpostError("protocol_error", `Graph's answer is not what it is to be (${request.what}).`, {
      cause: parsed.error,
      details: { reason: "schema", response: parsed.error.issues[0]?.message ?? "" },
    });
  }

  errorOf(refusal: Refusal, { what, subject }: Pick<GraphRequest, "what" | "subject">): HitchpostError {
    return withoutEcho(graphError(refusal, { where: this.#where, what, subject }), {
      user: "",
      accessToken: this.#token,
    });
  }

  async renewToken(): Promise<boolean> {
    const refused = this.#token;
    this.#token = (await this.#options.auth(refused)).accessToken;
    return this.#token !== refused;
  }

  close(): void {
    this.#closing.abort(new HitchpostError("connection_lost", "The connection to Graph was closed by us."));
  }

  /** Through the gate; with another token once, when this one is refused. */
  async #signed(request: GraphRequest): Promise<GraphAnswer> {
    const { accessToken } = await this.#options.auth();
    this.#token = accessToken;
    const first = await this.#gated(request, accessToken);
    if (first.status !== 401) return first;
    const { accessToken: renewed } = await this.#options.auth(accessToken);
    if (renewed === accessToken) return first;
    this.#token = renewed;
    return this.#gated(request, renewed);
  }

  #gated(request: GraphRequest, token: string): Promise<GraphAnswer> {
    const work = (): Promise<GraphAnswer> => this.#exchange(request, token);
    return this.limiter.run(request.urgency, request.requests ?? 1, work, this.#ending(request));
  }

  async #exchange(request: GraphRequest, token: string): Promise<GraphAnswer> {
    const ms = request.requestMs ?? this.#options.requestMs ?? defaultRequestMs;
    const what = `${this.#where} (${request.what})`;
    try {
      const work = (signal: AbortSignal): Promise<GraphAnswer> => this.#over(request, token, signal);
      return await withDeadline(ms, what, work, this.#ending(request));
    } catch (error) {
      throw this.#networkError(error);
    }
  }

  #ending({ signal }: GraphRequest): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
  }

  async #over(request: GraphRequest, token: string, signal: AbortSignal): Promise<GraphAnswer> {
    const url = this.#urlOf(request);
    request.onSend?.();
    const response = await this.#options.fetch(url, {
      method: request.method ?? "GET",
      headers: headersOf(request, token),
      redirect: "manual", // Graph has none; what stands in between would get the token
      signal,
      ...bodyOf(request),
    });
    const body = await readBody(response, request.capBytes ?? defaultCapBytes, request.what);
    return { status: response.status, headers: response.headers, body };
  }

  #urlOf({ path, root = "mailbox" }: GraphRequest): string {
    if (root === "link") return givenLink(this.base, path);
    return `${this.base}${root === "version" ? "" : this.mailboxPath}${path}`;
  }

  /** `fetch failed` says nothing; its cause does. */
  #networkError(error: unknown): HitchpostError {
    if (isHitchpostError(error)) return error;
    const { cause } = error as { cause?: unknown };
    return networkError(cause ?? error, this.#where);
  }
}

function headersOf({ json, body, pageSize }: GraphRequest, token: string): Record<string, string> {
  const prefer = [
    'IdType="ImmutableId"',
    ...(pageSize === undefined ? [] : [`odata.maxpagesize=${pageSize}`]),
  ];
  return {
    authorization: `Bearer ${token}`,
    accept: "application/json",
    prefer: prefer.join(", "),
    ...(json !== undefined && { "content-type": "application/json" }),
    ...(body !== undefined && { "content-type": body.type }),
  };
}

function bodyOf({ json, body }: GraphRequest): { body?: BodyInit } {
  if (json !== undefined) return { body: JSON.stringify(json) };
  return body === undefined ? {} : { body: body.bytes as BodyInit };
}

/**
 * `$batch` (learn.microsoft.com/graph/json-batching): up to 20 requests in one, answered in any order, each refused for
 * itself. Microsoft works on four of them at once, so that one batch is all that a mailbox bears at a time. What met a
 * pause or a passing failure is asked for again; a batch that cannot be read is halved; where there is no `$batch`, single
 * requests do.
 */
import { z } from "zod";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import { looseBody, refusalOf } from "./answer.ts";
import type { GraphClient } from "./client.ts";
import { isBusy, isPassing, type Refusal, type Subject } from "./errors.ts";
import { shortPauseMs, type Urgency } from "./limiter.ts";

/** One request of many, below the mailbox. */
export interface Part {
  path: string;
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  json?: unknown;
}

/** `ok`: JSON as it was parsed, or octets for what is no JSON. */
export type PartAnswer = { ok: true; json: unknown; bytes: Buffer | null } | { ok: false; refusal: Refusal };

export interface BatchOptions {
  what: string;
  subject: Subject;
  urgency: Urgency;
  /** `mime`: the answers are messages, in base64 or as they are. */
  content?: "json" | "mime";
}

export interface Batcher {
  /** One answer for each part, in their order. Refusals that pass are over by then, or thrown (throttled). */
  run(parts: readonly Part[], options: BatchOptions): Promise<PartAnswer[]>;
}

const partsAtOnce = 20;
/** Of a batch's answer, which may carry 20 messages in base64. */
const capBytes = 96 * 1024 * 1024;
const singleCapBytes = 64 * 1024 * 1024;
const batchMs = 180_000;
const mostTries = 5;
/** After a failure that names no time. */
const passingPauseMs = 1_000;

const answersSchema = z.object({
  responses: z.array(
    z.object({
      id: z.coerce.string(),
      status: z.number().int(),
      headers: z.record(z.string(), z.unknown()).nullish(),
      body: z.unknown().optional(),
    }),
  ),
});
type WrittenAnswer = z.infer<typeof answersSchema>["responses"][number];

export const createBatcher = (client: GraphClient): Batcher => new BatchRunner(client);

class BatchRunner implements Batcher {
  readonly #client: GraphClient;
  #refused = false;

  constructor(client: GraphClient) {
    this.#client = client;
  }

  async run(parts: readonly Part[], options: BatchOptions): Promise<PartAnswer[]> {
    const answers: PartAnswer[] = [];
    for (let from = 0; from < parts.length; from += partsAtOnce)
      answers.push(...(await this.#insisting(parts.slice(from, from + partsAtOnce), options)));
    return answers;
  }

  /** Asks again for what met a passing failure, each after the time that its own answer names. */
  async #insisting(parts: readonly Part[], options: BatchOptions): Promise<PartAnswer[]> {
    const answers = new Map<number, PartAnswer>();
    let open = parts.map((_, index) => index);
    let renewed = false;
    for (let tries = 1; open.length > 0; tries += 1) {
      const got = await this.#once(
        open.map((index) => parts[index]!),
        options,
      );
      for (const [at, answer] of got.entries()) answers.set(open[at]!, answer);
      const failed = open.filter((index) => isToRepeat(answers.get(index)));
      const expired = open.filter((index) => isExpired(answers.get(index)));
      if (expired.length > 0 && !renewed) renewed = await this.#client.renewToken();
      else expired.length = 0;
      if (tries >= mostTries) break;
      await this.#pauseFor(
        failed.map((index) => answers.get(index)!),
        options,
      );
      open = [...failed, ...expired].sort((a, b) => a - b);
    }
    return parts.map((_, index) => answers.get(index)!);
  }

  /** @throws throttled when the pause is a long one */
  async #pauseFor(failed: readonly PartAnswer[], options: BatchOptions): Promise<void> {
    for (const answer of failed) {
      if (answer.ok) continue;
      const { refusal } = answer;
      if (!isBusy(refusal)) continue;
      const pauseMs = refusal.retryAfterMs ?? passingPauseMs;
      this.#client.limiter.pause(pauseMs);
      if (pauseMs > shortPauseMs) throw this.#client.errorOf(refusal, options);
    }
    if (failed.some((answer) => !answer.ok && !isBusy(answer.refusal)))
      await this.#client.clock.sleep(passingPauseMs);
  }

  async #once(parts: readonly Part[], options: BatchOptions): Promise<PartAnswer[]> {
    if (this.#refused || parts.length === 1)
      return Promise.all(parts.map((part) => this.#single(part, options)));
    try {
      return await this.#batch(parts, options);
    } catch (error) {
      if (!isHitchpostError(error, "protocol_error")) throw error;
      if (isNoBatch(error)) {
        this.#refused = true;
        return this.#once(parts, options);
      }
      const half = Math.ceil(parts.length / 2); // too long, or broken: one of them is to blame
      const first = await this.#once(parts.slice(0, half), options);
      return [...first, ...(await this.#once(parts.slice(half), options))];
    }
  }

  async #batch(parts: readonly Part[], options: BatchOptions): Promise<PartAnswer[]> {
    const { responses } = await this.#client.json(answersSchema, {
      path: "/$batch",
      root: "version",
      method: "POST",
      json: { requests: parts.map((part, index) => writtenPart(part, index, this.#client.mailboxPath)) },
      what: options.what,
      subject: "mailbox",
      urgency: options.urgency,
      requests: parts.length,
      capBytes,
      requestMs: batchMs,
    });
    const byId = new Map(responses.map((answer) => [answer.id, answer]));
    return Promise.all(
      parts.map(async (part, index) => {
        const answer = byId.get(String(index));
        return answer === undefined
          ? this.#single(part, options) // left out: asked for alone
          : partAnswer(answer, options, this.#client.clock.now());
      }),
    );
  }

  async #single(part: Part, options: BatchOptions): Promise<PartAnswer> {
    const isMime = options.content === "mime";
    let refused: Refusal | null = null;
    try {
      const answer = await this.#client.send({
        ...part,
        what: options.what,
        subject: options.subject,
        urgency: options.urgency,
        ...(isMime && { capBytes: singleCapBytes, requestMs: batchMs }),
        onRefusal: (refusal) => (refused = refusal),
      });
      return isMime
        ? { ok: true, json: null, bytes: answer.body }
        : { ok: true, json: answer.body.length === 0 ? null : looseBody(answer.body), bytes: null };
    } catch (error) {
      if (refused === null || isHitchpostError(error, "throttled")) throw error;
      return { ok: false, refusal: refused };
    }
  }
}

const isToRepeat = (answer: PartAnswer | undefined): boolean =>
  answer?.ok === false && (isPassing(answer.refusal) || answer.refusal.status === 424);
const isExpired = (answer: PartAnswer | undefined): boolean =>
  answer?.ok === false && answer.refusal.status === 401;

/** The server has no `$batch`, or none for this account. */
function isNoBatch(error: HitchpostError): boolean {
  const status = Number(error.details["status"]);
  return error.details["reason"] !== "limit" && status >= 400 && status < 500;
}

const writtenPart = ({ path, method = "GET", json }: Part, index: number, mailboxPath: string): object => ({
  id: String(index),
  method,
  url: mailboxPath + path,
  headers: {
    Prefer: 'IdType="ImmutableId"',
    ...(json !== undefined && { "Content-Type": "application/json" }),
  },
  ...(json !== undefined && { body: json }),
});

const headerOf = ({ headers }: WrittenAnswer, name: string): string | null => {
  for (const [key, value] of Object.entries(headers ?? {}))
    if (key.toLowerCase() === name) return String(value);
  return null;
};

/** Pure. */
export function partAnswer(answer: WrittenAnswer, { content }: BatchOptions, nowMs: number): PartAnswer {
  const { status, body } = answer;
  if (status >= 300)
    return { ok: false, refusal: refusalOf(status, body, headerOf(answer, "retry-after"), nowMs) };
  if (content !== "mime") return { ok: true, json: body ?? null, bytes: null };
  return typeof body === "string"
    ? { ok: true, json: null, bytes: mimeOf(body) }
    : {
        ok: false,
        refusal: { status: 502, code: "", innerCode: "", message: "no content", retryAfterMs: null },
      };
}

/** What is no JSON comes in base64; some answer with the text itself, which has a colon in its first line. Pure. */
export function mimeOf(body: string): Buffer {
  const isBase64 = /^[\w+/\-\s]*={0,2}\s*$/.test(body.slice(0, 4_096)) || body === "";
  return Buffer.from(body, isBase64 ? "base64" : "utf8");
}

/** A mail server for tests of the outbox. */
import { HitchpostError } from "../../src/core/errors.ts";
import type { SentSource } from "../../src/inbox/outbox/outbox-context.ts";
import type { MailSender, SendGate, SendReceipt } from "../../src/protocol/mail-sender.ts";

/** Before DATA, in the body, after the dot. */
export type HangPoint = "login" | "data" | "answer";

/** A server that counts what it took over, and breaks where a test says. */
export class FakeServer {
  readonly delivered: string[] = [];
  readonly envelopes: string[][] = [];
  readonly appended: string[] = [];
  sentFolder: string[] = [];
  breakAt: "login" | "greylisted" | "before_data" | "after_data" | "after_dot" | "rejected" | null = null;
  /** Files the copy of what it takes over, as Outlook.com does. */
  files = false;
  /** Where it stops answering until `release`. */
  hangAt: HangPoint | null = null;
  #hanging = Promise.withResolvers<void>();
  #released = Promise.withResolvers<void>();
  beforeDot: () => void = () => undefined;
  /** How often somebody knocked. */
  visits = 0;
  listings = 0;
  listingFails = false;
  appendAnswerLost = false;

  /** Resolves when somebody waits for an answer. */
  hanging(): Promise<void> {
    return this.#hanging.promise;
  }

  release(): void {
    this.hangAt = null;
    this.#released.resolve();
  }

  async #reach(point: HangPoint): Promise<void> {
    if (this.hangAt !== point) return;
    this.#hanging.resolve();
    await this.#released.promise;
  }

  /** As the real one: cut off before the dot it is certain, after it is not. */
  #aborted(signal: AbortSignal | undefined): Promise<never> {
    const before = this.delivered.length;
    return new Promise((_, reject) => {
      const onAbort = () =>
        reject(
          this.delivered.length > before
            ? new HitchpostError("send_unclear", "cut off after the dot")
            : (signal?.reason as Error),
        );
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  async send(raw: Uint8Array, to: string[], gate: SendGate): Promise<SendReceipt> {
    this.visits++;
    if (this.breakAt === "greylisted")
      throw new HitchpostError("throttled", "450 later", { details: { rejected: [] } });
    if (this.breakAt === "login") throw new HitchpostError("auth_failed", "535 no");
    if (this.breakAt === "rejected")
      throw new HitchpostError("send_rejected", "550 no", { details: { response: "550 no" } });
    if (this.breakAt === "before_data") throw new HitchpostError("connection_lost", "lost");
    await this.#reach("login");
    await gate("data");
    await this.#reach("data");
    if (this.breakAt === "after_data") throw new HitchpostError("send_unclear", "lost after DATA");
    this.beforeDot();
    await gate("dot");
    this.delivered.push(Buffer.from(raw).toString("utf8"));
    this.envelopes.push(to);
    if (this.files) this.sentFolder.push(String(this.delivered.length));
    await this.#reach("answer");
    if (this.breakAt === "after_dot") throw new HitchpostError("send_unclear", "lost after the dot");
    return { response: "250 2.0.0 OK <renamed-1@outlook.example> [Hostname=X]" };
  }

  readonly sender: MailSender = {
    verify: async () => undefined,
    send: (raw, envelope, gate, signal) =>
      Promise.race([this.send(raw, envelope.to, gate), this.#aborted(signal)]),
    close: async () => undefined,
  };
  readonly source: SentSource = {
    /** All that is in it is alike; what we filed bears its Message-ID. */
    findSent: async (_path, { otherIds }) =>
      this.sentFolder.filter((key) => {
        const filed = /^a(\d+)$/.exec(key);
        return (
          filed === null ||
          !otherIds.some((id) => this.appended[Number(filed[1]) - 1]?.includes(`Message-ID: ${id}`))
        );
      }),
    listAll: async () => {
      this.listings++;
      if (this.listingFails) throw new HitchpostError("connection_lost", "lost");
      return {
        epochKey: "1",
        window: { from: null, to: null, items: this.sentFolder.map((key) => ({ key, flags: [] })) },
      };
    },
    apply: async (intent) => {
      this.appended.push(Buffer.from(intent.raw!).toString("utf8"));
      this.sentFolder.push(`a${this.appended.length}`);
      if (this.appendAnswerLost) throw new HitchpostError("connection_lost", "lost after APPEND");
      return { done: [], missing: [], moved: [] };
    },
  };
}

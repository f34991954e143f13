/** Work on attempts that outlives a request: checks, polling of device codes, waiting for the mail that proves an alias. */
import { HitchpostError } from "../core/errors.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { proveAlias } from "./alias/prove.ts";
import type { AttemptView } from "./attempt-state.ts";
import { completeAttempt } from "./complete.ts";
import { pollDevice } from "./device.ts";
import type { ServiceParts } from "./parts.ts";

/** Runs it beside the requests; what a restart cut off goes on when somebody looks. */
export class Background {
  readonly #parts: ServiceParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  check(tenant: TenantDb, id: string): void {
    this.#run(id, () => completeAttempt(this.#parts, tenant, id));
  }

  resume(tenant: TenantDb, view: AttemptView): void {
    if (view.step === "verifying") this.check(tenant, view.id);
    if (view.step === "proving") {
      this.#run(view.id, async () => {
        const proved = await proveAlias(this.#parts, tenant, view.id, this.#closing.signal);
        if (proved) await completeAttempt(this.#parts, tenant, view.id);
      });
    }
    if (view.step === "authorizing" && view.flow === "device") {
      this.#run(view.id, async () => {
        const authorized = await pollDevice(this.#parts, tenant, view.id, this.#closing.signal);
        if (authorized) await completeAttempt(this.#parts, tenant, view.id);
      });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new HitchpostError("not_ready", "The server is stopping."));
    await Promise.allSettled(this.#running.values());
  }

  #run(id: string, work: () => Promise<void>): void {
    if (this.#running.has(id) || this.#closing.signal.aborted) return;
    const job = work()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted)
          this.#parts.log.error({ err: error, attempt: id }, "an attempt to connect stopped");
      })
      .finally(() => this.#running.delete(id));
    this.#running.set(id, job);
  }
}

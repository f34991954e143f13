/** What was started, ended in reverse order; one that fails does not keep the others from ending. */
import type { Log } from "../core/log.ts";

export class Teardown {
  readonly #steps: [string, () => Promise<unknown>][] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  add(what: string, step: () => Promise<unknown>): void {
    this.#steps.push([what, step]);
  }

  async run(): Promise<void> {
    for (const [what, step] of this.#steps.splice(0).reverse()) {
      await step().catch((error: unknown) => this.#log.error({ err: error }, `stopping ${what} failed`));
    }
  }
}

/** The processes that share the mailbox out among them: one at first, others as they die, stand still, or leave in order. */
import type { Pool } from "pg";
import type { ChaosClock } from "./clock.ts";
import type { ChaosProcess } from "./process.ts";
import type { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

export interface Processes {
  /** Kills the owner; another process takes over as soon as it counts as dead. */
  kill(): Promise<void>;
  /** The owner stands still, another takes over, the first goes on. */
  freeze(): Promise<void>;
  /** Another process comes, the owner stops in order. */
  handOver(): Promise<void>;
  /** All that were ever started. */
  readonly all: readonly ChaosProcess[];
  end(): void;
}

export interface ProcessesParts {
  pool: Pool;
  workspaceId: string;
  clock: ChaosClock;
  random: Random;
  tally: Tally;
  start(): Promise<ChaosProcess>;
}

const takeOverMs = 120_000;

export async function startProcesses(parts: ProcessesParts): Promise<Processes> {
  return new Crew(parts, await parts.start());
}

class Crew implements Processes {
  readonly all: ChaosProcess[];
  readonly #parts: ProcessesParts;

  constructor(parts: ProcessesParts, first: ChaosProcess) {
    this.#parts = parts;
    this.all = [first];
  }

  async kill(): Promise<void> {
    const { clock, random, tally } = this.#parts;
    const old = await this.#owner();
    if (old === undefined) return;
    tally.add("process killed");
    await this.#soon(old, "atStatement", () => old.kill());
    const isOutage = random.chance(0.25);
    if (isOutage) tally.add("nobody there for minutes");
    await clock.sleep(isOutage ? random.int(60_000, 300_000) : random.int(0, 15_000));
    await this.#replace(old);
  }

  async freeze(): Promise<void> {
    const { clock, random, tally } = this.#parts;
    const old = await this.#owner();
    if (old === undefined) return;
    tally.add("process stood still");
    await this.#soon(old, "atTransaction", () => old.pause());
    await clock.sleep(random.int(0, 15_000));
    await this.#replace(old);
    await clock.sleep(random.int(0, 5_000));
    old.resume(true);
  }

  async handOver(): Promise<void> {
    const old = await this.#owner();
    if (old === undefined) return;
    this.#parts.tally.add("process stopped in order");
    if (!this.#othersRun(old)) this.all.push(await this.#parts.start());
    await old.stop();
  }

  end(): void {
    for (const process of this.all) process.kill();
  }

  async #ownerId(): Promise<string | null> {
    const { pool, workspaceId } = this.#parts;
    const { rows } = await pool.query<{ owner: string | null }>(
      "SELECT owner FROM mailboxes WHERE workspace_id = $1",
      [workspaceId],
    );
    return rows[0]?.owner ?? null;
  }

  async #owner(): Promise<ChaosProcess | undefined> {
    const id = await this.#ownerId();
    return this.all.find((process) => process.state === "running" && process.id === id);
  }

  /** In the middle of the work that is next; where there is none, after a while. */
  async #soon(process: ChaosProcess, when: "atStatement" | "atTransaction", what: () => void): Promise<void> {
    const { clock, random } = this.#parts;
    if (random.chance(0.3)) return what();
    const struck = new AbortController();
    process[when](random.int(1, when === "atStatement" ? 60 : 12), () => {
      what();
      struck.abort(new Error("struck"));
    });
    await clock.sleep(20_000, struck.signal).then(what, () => undefined); // struck meanwhile
  }

  #othersRun(than: ChaosProcess): boolean {
    return this.all.some((process) => process !== than && process.state === "running");
  }

  /** Counts it as dead, as ten seconds of silence do: the database's clock is not ours to move. Then waits for another. */
  async #replace(old: ChaosProcess): Promise<void> {
    const { pool, clock, start } = this.#parts;
    const { id } = old;
    await pool.query("UPDATE processes SET heartbeat_at = now() - interval '1 minute' WHERE id = $1", [id]);
    if (!this.#othersRun(old)) this.all.push(await start());
    for (const until = clock.monotonic() + takeOverMs; ; await clock.sleep(500)) {
      const owner = await this.#ownerId();
      if (owner !== null && owner !== id) return;
      if (clock.monotonic() > until) throw new Error("nobody has taken the mailbox over within two minutes");
    }
  }
}

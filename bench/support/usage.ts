/** What a process and all it starts use, sampled from /proc. */
import { readdirSync, readFileSync } from "node:fs";

interface Sample {
  parent: number;
  name: string;
  /** User and system time in clock ticks. */
  ticks: number;
  /** Resident, in pages. */
  pages: number;
}

const ticksPerSecond = 100; // USER_HZ of every Linux that Node runs on
const pageBytes = 4_096;

function sample(pid: number): Sample | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      parent: Number(fields[1]),
      name,
      ticks: Number(fields[11]) + Number(fields[12]),
      pages: Number(fields[21]),
    };
  } catch {
    return null; // it ended meanwhile
  }
}

function familyOf(root: number): Map<number, Sample> {
  const all = new Map<number, Sample>();
  for (const name of readdirSync("/proc")) {
    const one = /^\d+$/.test(name) ? sample(Number(name)) : null;
    if (one !== null) all.set(Number(name), one);
  }
  const found = new Map<number, Sample>();
  const add = (pid: number): void => {
    const one = all.get(pid);
    if (one === undefined || found.has(pid)) return;
    found.set(pid, one);
    for (const [child, { parent }] of all) if (parent === pid) add(child);
  };
  add(root);
  return found;
}

export interface Usage {
  /** Seconds of processor time. */
  cpuSeconds: number;
  /** Largest sum of the resident memory of all processes at one time, in MB (10^6 bytes). */
  peakMb: number;
}

export interface UsageMeter {
  /** Since `meterUsage`; ends the sampling. */
  stop(): { own: Usage; postgres: Usage };
}

/** Samples the process and its descendants; those that are PostgreSQL's are counted apart. */
export function meterUsage(pid: number, everyMs = 100): UsageMeter {
  const parts = { own: new Counter(), postgres: new Counter() };
  const take = (): void => {
    const family = [...familyOf(pid)];
    parts.postgres.take(family.filter(([, { name }]) => name.startsWith("postgres")));
    parts.own.take(family.filter(([, { name }]) => !name.startsWith("postgres")));
  };
  take();
  const timer = setInterval(take, everyMs);
  return {
    stop() {
      clearInterval(timer);
      take();
      return { own: parts.own.usage(), postgres: parts.postgres.usage() };
    },
  };
}

/** A process that ended keeps what it was last seen to have used. */
class Counter {
  readonly #first = new Map<number, number>();
  readonly #last = new Map<number, number>();
  #peakPages = 0;
  #began = false;

  take(family: readonly (readonly [number, Sample])[]): void {
    for (const [pid, { ticks }] of family) {
      if (!this.#first.has(pid)) this.#first.set(pid, this.#began ? 0 : ticks);
      this.#last.set(pid, ticks);
    }
    this.#began = true;
    const pages = family.reduce((sum, [, one]) => sum + one.pages, 0);
    this.#peakPages = Math.max(this.#peakPages, pages);
  }

  usage(): Usage {
    const ticks = [...this.#last].reduce((sum, [pid, last]) => sum + last - (this.#first.get(pid) ?? 0), 0);
    return { cpuSeconds: ticks / ticksPerSecond, peakMb: (this.#peakPages * pageBytes) / 1e6 };
  }
}

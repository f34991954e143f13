/**
 * A handful of compressed runs (docs/chaos.md): fixed seeds that once found something, and a fresh one. The many runs are
 * `npm run chaos`. And that what a removed promise takes out is still where it is taken from.
 */
import { randomInt } from "node:crypto";
import { expect, inject, test } from "vitest";
import { runLanes } from "./lanes.ts";
import type { RunResult } from "./run.ts";
import { assertFits } from "./without/removal.ts";
import { removals } from "./without/removals.ts";

/** New mail and a renumbering in one; a twin beside a renumbering; a folder renamed while it fills; unclear replies. */
const fixedSeeds = [12, 102, 55, 1];

test("server, database, recipients and model agree after random steps under faults", async () => {
  const fresh = randomInt(1_000, 1_000_000);
  const results: RunResult[] = [];
  await runLanes({
    serverUrl: inject("postgresUrl"),
    seeds: [...fixedSeeds, fresh],
    jobs: 5,
    onResult: (result) => results.push(result),
  });
  const failed = results.filter(({ differences }) => differences.length > 0);
  expect(
    failed.map(({ seed, differences }) => `npm run chaos -- --seed ${seed}: ${differences.join("; ")}`),
  ).toEqual([]);
  expect(results.map(({ seed }) => seed).sort()).toEqual([...fixedSeeds, fresh].sort());
  // A run in which nothing happens would agree with everything.
  expect(results.reduce((sum, { steps }) => sum + steps, 0)).toBeGreaterThan(60);
  expect(results.flatMap(({ faults }) => Object.keys(faults)).length).toBeGreaterThan(5);
});

test.each(Object.entries(removals))(
  "the source still holds what --without %s takes out",
  (_name, removal) => {
    expect(() => assertFits(removal)).not.toThrow();
  },
);

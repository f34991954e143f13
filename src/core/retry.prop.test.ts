import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "./retry.ts";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("a wait lies between half and the whole of its step, and never above the cap", () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 1, max: 3_600_000 }),
      random,
      (attempt, baseMs, capMs, given) => {
        const wait = backoffMs(attempt, { baseMs, capMs, random: () => given });
        const whole = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
        expect(wait).toBeGreaterThanOrEqual(Math.floor(whole / 2));
        expect(wait).toBeLessThanOrEqual(whole);
      },
    ),
  );
});

test("it grows with the failures", () => {
  const waits = Array.from({ length: 12 }, (_, attempt) => backoffMs(attempt, { random: () => 0 }));
  expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
  expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
  expect(waits.at(-1)).toBe(150_000);
});

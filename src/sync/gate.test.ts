import { expect, test } from "vitest";
import { systemClock } from "../core/clock.ts";
import { createGate } from "./gate.ts";

const never = new AbortController().signal;

/** Work that ends when told, and what began so far. */
function pieces(gate: ReturnType<typeof createGate>) {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const start = (n: number, signal = never): Promise<number> =>
    gate.run(() => {
      begun.push(n);
      return new Promise((resolve) => ends.set(n, () => resolve(n)));
    }, signal);
  return { begun, start, end: (n: number) => ends.get(n)!() };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test("so many at a time, in the order of asking; a failure gives its place up too", async () => {
  const gate = createGate(systemClock, { places: 2, holdMs: 60_000 });
  const { begun, start, end } = pieces(gate);
  const first = start(1);
  const failing = gate.run(() => settle().then(() => Promise.reject(new Error("refused"))), never);
  const [third, fourth] = [start(3), start(4)];
  const refused = expect(failing).rejects.toThrow("refused");
  await Promise.resolve();
  expect(begun).toEqual([1]);
  await refused;
  await settle();
  expect(begun).toEqual([1, 3]);
  end(1);
  expect(await first).toBe(1);
  await settle();
  expect(begun).toEqual([1, 3, 4]);
  end(3);
  end(4);
  expect(await Promise.all([third, fourth])).toEqual([3, 4]);
});

test("who takes too long goes on, and holds nobody up", async () => {
  const gate = createGate(systemClock, { places: 1, holdMs: 20 });
  const { begun, start, end } = pieces(gate);
  const slow = start(1);
  const next = start(2);
  await expect.poll(() => begun).toEqual([1, 2]);
  end(2);
  await next;
  end(1);
  expect(await slow).toBe(1);
  // Its place was passed on once, not twice.
  const [third] = [start(3), start(4)];
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([1, 2, 3]);
  end(3);
  await third;
});

test("who is stopped while it waits leaves the line", async () => {
  const gate = createGate(systemClock, { places: 1, holdMs: 60_000 });
  const { begun, start, end } = pieces(gate);
  const first = start(1);
  const stopping = new AbortController();
  const waiting = start(2, stopping.signal);
  const last = start(3);
  stopping.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  end(1);
  await first;
  await settle();
  expect(begun).toEqual([1, 3]);
  end(3);
  await last;
});

import { expect, test } from "vitest";
import { systemClock, type Clock } from "../core/clock.ts";
import { createRightOfWay } from "./right-of-way.ts";

/** A clock that stands still until it is put forward. */
function still() {
  let now = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const clock: Clock = {
    ...systemClock,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => (sleepers.delete(sleeper), reject(signal.reason as Error)));
      }),
  };
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    for (const sleeper of sleepers) if (sleeper.at <= now) sleeper.wake();
    await settle();
  };
  return { clock, pass };
}

const settle = (): Promise<void> => new Promise((wake) => setImmediate(wake));

/** A look that goes on until it is ended, and how an import fares meanwhile. */
function scene() {
  const { clock, pass } = still();
  const way = createRightOfWay(clock);
  const look = Promise.withResolvers<string>();
  const looking = way.first(() => look.promise);
  const begin = () => {
    const step = { done: false };
    void way.giveWay().then(() => (step.done = true));
    return step;
  };
  return { way, pass, looking, begin, endLook: () => look.resolve("found") };
}

test("an import goes on when the look has ended, with what it found", async () => {
  const { pass, looking, begin, endLook } = scene();
  const step = begin();
  await pass(20);
  expect(step.done).toBe(false);
  endLook();
  expect(await looking).toBe("found");
  await settle();
  expect(step.done).toBe(false); // those who watch are being told
  await pass(20);
  expect(step.done).toBe(true);
});

test("it waits for no look that is not under way", async () => {
  const { pass, looking, begin, endLook } = scene();
  endLook();
  await looking;
  await pass(20);
  const step = begin();
  await settle();
  expect(step.done).toBe(true);
});

test("it waits not too long, then has as much time for itself", async () => {
  const { pass, begin } = scene();
  const [first] = [begin()];
  await pass(150);
  expect(first.done).toBe(true);
  const second = begin();
  await settle();
  expect(second.done).toBe(true);
  await pass(151);
  const third = begin();
  await settle();
  expect(third.done).toBe(false);
});

test("a look that takes its time is waited for no more; one that fails is over", async () => {
  const { way, pass, begin } = scene();
  await expect(way.first(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  const waiting = begin();
  await settle();
  expect(waiting.done).toBe(false);
  await pass(501);
  const after = begin();
  await settle();
  expect(after.done).toBe(true);
});

test("news are of late for ten seconds after the last of them", async () => {
  const { way, pass } = scene();
  expect(way.newsLately).toBe(false);
  way.noteNews();
  await pass(9_000);
  expect(way.newsLately).toBe(true);
  way.noteNews();
  await pass(9_000);
  expect(way.newsLately).toBe(true);
  await pass(1_000);
  expect(way.newsLately).toBe(false);
});

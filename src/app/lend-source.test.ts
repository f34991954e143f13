import { expect, test } from "vitest";
import type { Clock } from "../core/clock.ts";
import { HitchpostError } from "../core/errors.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { Mailbox } from "../store/mailboxes.ts";
import { createSourceLender } from "./lend-source.ts";

function lender(throttledUntilMs: number | null = null) {
  const state = { now: 1_000_000, opened: 0, closed: 0 };
  const clock: Clock = { now: () => state.now, monotonic: () => state.now, sleep: async () => undefined };
  const throttledUntil = throttledUntilMs === null ? null : new Date(state.now + throttledUntilMs);
  const lend = createSourceLender({
    clock,
    readMailbox: async () => ({ address: "a@x.example", throttledUntil }) as Mailbox,
    openSource: () => {
      state.opened++;
      return { close: async () => void state.closed++ } as unknown as MailSource;
    },
  });
  return { state, lend: <T>(work: () => Promise<T>) => lend("w", "m", work) };
}

test("a pause of the mailbox holds for what is fetched on demand, and ends to the millisecond", async () => {
  const { state, lend } = lender(5_000);
  state.now += 4_999;
  await expect(lend(async () => 1)).rejects.toMatchObject({
    code: "throttled",
    details: { retryAfterMs: 1 },
  });
  expect(state.opened).toBe(0);
  state.now += 1;
  expect(await lend(async () => 1)).toBe(1);
});

test("a pause that is asked for here is kept here", async () => {
  const { state, lend } = lender();
  const throttled = new HitchpostError("throttled", "pause", { details: { retryAfterMs: 300 } });
  await expect(lend(() => Promise.reject(throttled))).rejects.toBe(throttled);
  state.now += 299;
  await expect(lend(async () => 1)).rejects.toMatchObject({
    code: "throttled",
    details: { retryAfterMs: 1 },
  });
  expect(state).toMatchObject({ opened: 1, closed: 1 });
  state.now += 1;
  expect(await lend(async () => 1)).toBe(1);
});

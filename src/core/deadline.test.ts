import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withDeadline } from "./deadline.ts";
import { isHitchpostError } from "./errors.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = (): Promise<never> => new Promise(() => undefined);
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test("work in time gives its result and leaves no timer", async () => {
  expect(await withDeadline(1_000, "x", async () => 42)).toBe(42);
  expect(vi.getTimerCount()).toBe(0);
});

test("a peer that does not answer ends it, names the step, and tells the work to stop", async () => {
  const seen: AbortSignal[] = [];
  const failure = failureOf(
    withDeadline(15_000, "greeting of mail.example:993", (signal) => {
      seen.push(signal);
      return never();
    }),
  );
  await vi.advanceTimersByTimeAsync(14_999);
  expect(seen[0]?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  const error = await failure;
  expect(isHitchpostError(error, "network_timeout")).toBe(true);
  expect((error as Error).message).toBe("greeting of mail.example:993: no answer within 15 s");
  expect(seen[0]?.aborted).toBe(true);
});

test("what was left of a longer time is told in round figures", async () => {
  const failure = failureOf(withDeadline(13_997.165177000003, "x", never));
  await vi.advanceTimersByTimeAsync(14_000);
  expect(((await failure) as Error).message).toBe("x: no answer within 14 s");
});

test("a failure of the work is passed on", async () => {
  const error = await failureOf(withDeadline(1_000, "x", () => Promise.reject(new Error("no"))));
  expect((error as Error).message).toBe("no");
  expect(vi.getTimerCount()).toBe(0);
});

test("an outer signal ends it at once, also one that is aborted already", async () => {
  const outer = new AbortController();
  const failure = failureOf(withDeadline(1_000, "x", never, outer.signal));
  outer.abort(new Error("stopping"));
  expect(((await failure) as Error).message).toBe("stopping");
  expect(((await failureOf(withDeadline(1_000, "x", never, outer.signal))) as Error).message).toBe(
    "stopping",
  );
  expect(vi.getTimerCount()).toBe(0);
});

import { expect, test } from "vitest";
import { createRefreshQueue } from "./refresh-queue.ts";

/** Work that ends when it is told to. */
function controlled() {
  const ends: ((outcome: string | Error) => void)[] = [];
  const work = () =>
    new Promise<string>((resolve, reject) =>
      ends.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome))),
    );
  return { work, ends };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("all who want the same mailbox share one refresh, also its failure", async () => {
  const queue = createRefreshQueue();
  const { work, ends } = controlled();
  const [first, second] = [queue.once("a", work), queue.once("a", work)];
  expect(ends).toHaveLength(1);
  ends[0]?.(new Error("away"));
  await expect(first).rejects.toThrow("away");
  await expect(second).rejects.toThrow("away");
  const third = queue.once("a", work);
  ends[1]?.("token");
  expect(await third).toBe("token");
});

test("a few go at once, the others wait for their turn, and a failure frees its place", async () => {
  const queue = createRefreshQueue(2);
  const { work, ends } = controlled();
  const all = ["a", "b", "c", "d"].map((key) => queue.once(key, work).catch(() => "failed"));
  await turn();
  expect(ends).toHaveLength(2);
  ends[0]?.(new Error("away"));
  await turn();
  expect(ends).toHaveLength(3);
  ends[1]?.("b");
  ends[2]?.("c");
  await turn();
  ends[3]?.("d");
  expect(await Promise.all(all)).toEqual(["failed", "b", "c", "d"]);
});

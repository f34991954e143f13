import { expect, test } from "vitest";
import { ahead, type Chain } from "./ahead.ts";

/** Steps 0 to `last`; what is begun is noted, and ends when told. */
function chain(
  last: number,
  { turn = last + 1, firstAlone = false }: { turn?: number; firstAlone?: boolean } = {},
) {
  const depth = 2;
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const pages: Chain<number, string> = {
    first: async () => 0,
    after: (step) => (step === last ? null : Promise.resolve(step + 1)),
    bring: (step) =>
      new Promise((resolve, reject) => {
        begun.push(step);
        ends.set(step, (error) => (error === undefined ? resolve(`page ${step}`) : reject(error)));
      }),
    goesOn: async (count) => count < turn,
    depth,
    firstAlone,
  };
  return { pages, begun, end: (step: number, error?: Error) => ends.get(step)!(error) };
}

const nothing = (): void => undefined;
const settle = (): Promise<void> => new Promise((wake) => setTimeout(wake, 1));

/** Takes the results when told, one at a time. */
function reader(pages: Chain<number, string>) {
  const found: string[] = [];
  let take = nothing;
  const reading = (async () => {
    for await (const page of ahead(pages)) {
      found.push(page);
      await new Promise<void>((resolve) => (take = resolve));
    }
  })();
  return { found, reading, used: () => take() };
}

test("some are under way while one is used, and they come out in order whatever ends first", async () => {
  const { pages, begun, end } = chain(3);
  const { found, reading, used } = reader(pages);
  await settle();
  expect(begun).toEqual([0, 1]);
  end(1);
  await settle();
  expect(found).toEqual([]);
  end(0);
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  expect(found).toEqual(["page 0"]);
  used();
  await settle();
  expect(begun).toEqual([0, 1, 2, 3]);
  end(3);
  end(2);
  for (let n = 0; n < 3; n++) {
    await settle();
    used();
  }
  await reading;
  expect(found).toEqual(["page 0", "page 1", "page 2", "page 3"]);
});

test("the first has everything to itself where it is waited for, until it was used", async () => {
  const { pages, begun, end } = chain(3, { firstAlone: true });
  const { found, used } = reader(pages);
  await settle();
  end(0);
  await settle();
  expect(found).toEqual(["page 0"]);
  expect(begun).toEqual([0]);
  used();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
});

test("where the turn ends nothing more is begun, and what was begun is still given out", async () => {
  const { pages, begun, end } = chain(5, { turn: 3 });
  const { found, reading, used } = reader(pages);
  for (const step of [0, 1, 2]) {
    await settle();
    end(step);
    await settle();
    used();
  }
  await reading;
  expect(begun).toEqual([0, 1, 2]);
  expect(found).toEqual(["page 0", "page 1", "page 2"]);
});

test("a failure comes in its turn; one behind it is nobody's unhandled rejection", async () => {
  const { pages, end } = chain(3);
  const { found, reading } = reader(pages);
  await settle();
  end(1, new Error("the second"));
  end(0, new Error("the first"));
  await expect(reading).rejects.toThrow("the first");
  expect(found).toEqual([]);
});

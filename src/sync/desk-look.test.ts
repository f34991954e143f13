import { expect, test } from "vitest";
import { gatherFor } from "./desk-look.ts";

test("hints of a busy workspace are gathered for longer where a look takes long, and never for more than a second", () => {
  expect([1, 5, 20, 40, 500, 30_000].map(gatherFor)).toEqual([100, 100, 400, 800, 1_000, 1_000]);
});

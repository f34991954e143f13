import { expect, test } from "vitest";
import { clampWidth } from "./SplitPane.tsx";

test("the border stays between its ends, on whole pixels", () => {
  expect(clampWidth(372.4, 280, 620)).toBe(372);
  expect(clampWidth(-5, 280, 620)).toBe(280);
  expect(clampWidth(9000, 280, 620)).toBe(620);
});

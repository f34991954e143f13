import { describe, expect, test } from "vitest";
import { withoutField } from "../ui/form-text.ts";
import { passwordStrength } from "./password-strength.ts";
import { tokenIn } from "./token.ts";

describe("tokenIn", () => {
  test.each([
    ["#RYNovxHzpZjdTu8af64uGGgJE4NND79B", "RYNovxHzpZjdTu8af64uGGgJE4NND79B"],
    ["http://localhost:3000/setup#RYNovxHzpZjdTu8af64uGGgJE4NND79B \n", "RYNovxHzpZjdTu8af64uGGgJE4NND79B"],
    ["RYNovxHzpZjdTu8af64uGGgJE4NND79B", "RYNovxHzpZjdTu8af64uGGgJE4NND79B"],
    ["http://localhost:3000/setup", null],
    ["#short", null],
    ["", null],
  ])("%s → %s", (text, token) => {
    expect(tokenIn(text)).toBe(token);
  });
});

test("what is wrong with a field is not said any more while it is being mended", () => {
  const problems = { name: "This is needed.", email: "This does not look like an e-mail address." };
  const field = Object.assign(new EventTarget(), { name: "email" });
  expect(withoutField(problems, field)).toEqual({ name: "This is needed." });
  expect(withoutField(problems, new EventTarget())).toEqual(problems);
});

test.each([
  ["", "empty"],
  ["ninechars", "short"],
  ["ten chars!", "fair"],
  ["aaaaaaaaaaaaaaaaaaaaaaaa", "fair"],
  ["fourteen chars", "good"],
  ["four words are really strong", "strong"],
] as const)("%s is %s", (password, strength) => {
  expect(passwordStrength(password)).toBe(strength);
});

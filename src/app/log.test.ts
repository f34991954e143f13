import { expect, test } from "vitest";
import { createLog } from "./log.ts";

test("what PostgreSQL quotes of a failing row stays out, its message is kept", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  const err = Object.assign(new Error("violates a check constraint"), {
    detail: "Failing row contains (canary)",
  });
  log.error({ err }, "request failed");
  expect(lines.join("")).toContain("violates a check constraint");
  expect(lines.join("")).not.toContain("canary");
});

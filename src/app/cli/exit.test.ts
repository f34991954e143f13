import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HitchpostError } from "../../core/errors.ts";
import { CommandError, describe, exitCodes } from "./exit.ts";

const systemError = (): unknown => {
  try {
    return readFileSync("/nowhere/at/all");
  } catch (error) {
    return error;
  }
};

test.each<[string, unknown, { code: string; exitCode: number; message: RegExp }]>([
  ["wrong options", new CommandError(2, "no."), { code: "usage", exitCode: 2, message: /^no\.$/ }],
  ["nobody there", new CommandError(3, "no."), { code: "unreachable", exitCode: 3, message: /^no\.$/ }],
  [
    "a finding",
    new CommandError(1, "no.", "", "auth_failed"),
    { code: "auth_failed", exitCode: 1, message: /no/ },
  ],
  [
    "a wrong setting",
    new HitchpostError("config_invalid", "HITCHPOST_PORT: no."),
    { code: "config_invalid", exitCode: 2, message: /^HITCHPOST_PORT/ },
  ],
  [
    "a conflict",
    new HitchpostError("conflict", "It is there."),
    { code: "conflict", exitCode: 1, message: /^It is there/ },
  ],
  [
    "a full disk",
    Object.assign(new Error("no space left"), { code: "ENOSPC" }),
    { code: "disk_full", exitCode: 1, message: /^the disk is full/ },
  ],
  ["a refusal of the system", systemError(), { code: "internal", exitCode: 1, message: /^ENOENT: [^\n]*$/ }],
])("%s", (_what, error, { code, exitCode, message }) => {
  expect(describe(error)).toMatchObject({
    code,
    exitCode,
    message: expect.stringMatching(message) as string,
  });
});

test("only what nobody foresaw comes with its stack", () => {
  expect(describe(new TypeError("x is not a function"))).toMatchObject({
    exitCode: exitCodes.failed,
    message: expect.stringContaining("exit.test.ts") as string,
  });
});

import { expect, test } from "vitest";
import { findingKind } from "../../connect/findings/catalogue.ts";
import { logText } from "./log-texts.ts";

test("a wait that came again says how often, a pause that was asked for says so", () => {
  expect(logText("state.backing_off", {}, "en")).not.toMatch(/\d/u);
  expect(logText("state.backing_off", { times: "7", code: "network_timeout" }, "en")).toContain("7 tries");
  expect(logText("state.backing_off", { times: "7", code: "throttled" }, "en")).toContain("pause");
});

test("stopped: by itself again, or until somebody acts", () => {
  expect(logText("state.needs_attention", { retryAt: "null" }, "en")).toContain("somebody needs to act");
  expect(logText("state.needs_attention", { retryAt: "2026-01-01T00:00:00Z" }, "en")).toContain("by itself");
  expect(logText("state.needs_attention", { retryAt: "2026-01-01T00:00:00Z", times: "3" }, "zh")).toContain(
    "3",
  );
});

test("findings are named by their titles, in the language asked for", () => {
  expect(logText("finding.opened", { code: "grant_expired" }, "en")).toBe(
    `In the way: ${findingKind("grant_expired").title.en}.`,
  );
  expect(logText("finding.closed", { code: "grant_expired" }, "zh")).toContain("已解决");
  expect(logText("something.new", {}, "en")).toBe("something new");
});

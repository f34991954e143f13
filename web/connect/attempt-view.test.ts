import { describe, expect, test } from "vitest";
import type { Attempt } from "../api/gen/model/index.ts";
import {
  attemptScreen,
  checkSeconds,
  litSteps,
  openWays,
  pollMs,
  usableAction,
  type WayOut,
} from "./attempt-view.ts";

const device = {
  userCode: "ABCD-EFGH",
  verificationUri: "https://example.com/device",
  expiresAt: "2026-01-01T00:00:00Z",
};
const at = (step: Attempt["step"], part: Partial<Attempt> = {}) => ({
  step,
  flow: "browser" as const,
  device: null,
  ...part,
});

describe("attemptScreen", () => {
  test.each([
    [at("waiting"), "share"],
    [at("authorizing"), "share"],
    [at("authorizing", { flow: "device", device }), "device"],
    [at("waiting", { flow: "device" }), "share"],
    [at("verifying"), "verify"],
    [at("verifying", { flow: "device", device }), "verify"],
    [at("finding"), "finding"],
    [at("connected"), "connected"],
    [at("expired"), "expired"],
  ])("%o → %s", (attempt, screen) => {
    expect(attemptScreen(attempt)).toBe(screen);
  });
});

test("asks quickly while checks tick, slowly while somebody else must act, never when it is over", () => {
  expect(pollMs("verifying")).toBe(700);
  expect(pollMs("waiting")).toBeGreaterThan(700);
  expect(pollMs("finding")).toBeGreaterThan(700);
  expect(pollMs("connected")).toBe(false);
  expect(pollMs("expired")).toBe(false);
  expect(pollMs(undefined)).toBe(false);
});

test("the bars never go back while an attempt goes on", () => {
  expect((["share", "verify", "finding", "connected"] as const).map(litSteps)).toEqual([3, 4, 4, 5]);
});

test("seconds: one digit below ten, none above", () => {
  expect(checkSeconds(412, "en")).toBe("0.4");
  expect(checkSeconds(12_300, "en")).toBe("12");
});

const way = (action: WayOut["action"], link: string | null = null): WayOut => ({
  text: "",
  detail: null,
  link,
  action,
});

describe("usableAction", () => {
  const stranger = new Set(["sign_in_again"] as const);

  test("a person with the link alone can sign in, but not test", () => {
    expect(usableAction(way("sign_in_again"), stranger)).toBe("sign_in_again");
    expect(usableAction(way("test_again"), stranger)).toBe("none");
    expect(usableAction(way("choose_oauth"), stranger)).toBe("none");
  });

  test("a link is a way out even where no action is named, and none without a link", () => {
    expect(usableAction(way("none", "https://example.com"), stranger)).toBe("open_link");
    expect(usableAction(way("open_link"), stranger)).toBe("none");
  });
});

test("a way that is a button alone is not shown where it cannot be pressed; what one reads and does oneself is", () => {
  const ways = [
    way("use_graph"),
    way("open_link", "https://example.com"),
    way("sign_in_again"),
    way("test_again"),
  ];
  expect(openWays(ways, new Set()).map(({ action }) => action)).toEqual(["open_link", "sign_in_again"]);
  expect(openWays(ways, new Set(["use_graph", "test_again"]))).toEqual(ways);
});

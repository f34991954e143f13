import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

type Scheme = "light" | "dark";

function token(name: string, scheme: Scheme): string {
  const match = new RegExp(`--color-${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`, "u").exec(css);
  if (match === null) throw new Error(`tokens.css has no colour ${name}`);
  return (scheme === "light" ? match[1] : match[2]) ?? "";
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ["paper", "sheet", "raise"];
const onGrounds = (text: string): [string, string][] => grounds.map((ground) => [text, ground]);
const pairs: [text: string, ground: string][] = [
  ...["ink", "ink-2", "ink-3"].flatMap(onGrounds),
  ["ink", "press"],
  ["ink", "accent-soft"],
  ["ink-3", "accent-soft"],
  ["accent", "paper"],
  ["accent", "sheet"],
  ["accent", "accent-soft"],
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["good", "good-soft"],
  ["warn", "warn-soft"],
  ["warn", "paper"],
  ["bad", "bad-soft"],
  ["bad", "paper"],
  ["bad", "sheet"],
  ["paper", "ink"],
];

describe.each(["light", "dark"] as const)("%s", (scheme) => {
  test.each(pairs)("%s on %s can be read: 4.5:1", (text, ground) => {
    expect(contrast(token(text, scheme), token(ground, scheme))).toBeGreaterThanOrEqual(4.5);
  });

  test.each([...grounds.slice(0, 2).map((ground) => ["field", ground]), ["accent", "raise"]])(
    "%s on %s can be seen: 3:1",
    (edge = "", ground = "") => {
      expect(contrast(token(edge, scheme), token(ground, scheme))).toBeGreaterThanOrEqual(3);
    },
  );
});

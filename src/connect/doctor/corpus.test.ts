import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findingCatalogue } from "../findings/catalogue.ts";
import { noContext, type AccountKind, type Context, type Observation } from "./observation.ts";
import { conclude, rank } from "./decide.ts";
import { explain } from "./explain.ts";
import type { Area } from "./rules.ts";
import { isLessSpecific } from "./less-specific.ts";

interface Said {
  expect: string;
  text: string;
  step?: Area;
  kind?: AccountKind;
}
interface Sequence {
  expect: string;
  context: Partial<Context>;
  observations: Observation[];
}

const read = <T>(name: string): T[] =>
  JSON.parse(
    readFileSync(new URL(`../../../tests/corpus/findings/${name}.json`, import.meta.url), "utf8"),
  ) as T[];

const texts = ["sign-in", "mail", "network", "providers", "held-back", "reports", "programs"].flatMap(
  (file) => read<Said>(file).map((one) => ({ file, ...one })),
);
const sequences = read<Sequence>("sequences");

const topOf = ({ text, step, kind }: Said): string =>
  explain({ text, step: step ?? null, kind: kind ?? null, language: "en" })[0]?.code ?? "none";
const stated = ({ context, observations }: Sequence): string =>
  conclude(observations, { ...noContext, ...context })?.code ?? "healthy";

test("the confusion table: every recorded answer comes to its finding", () => {
  const all = [
    ...texts.map((one) => ({ expected: one.expect, got: topOf(one) })),
    ...sequences.map((one) => ({ expected: one.expect, got: stated(one) })),
  ];
  const wrong = all.filter(({ expected, got }) => expected !== got);
  const covered = new Set(all.map(({ expected }) => expected)).size;
  console.info(
    `${all.length} recorded answers, ${covered} findings: ${all.length - wrong.length} right, ${wrong.length} wrong, ` +
      `${all.filter(({ got }) => got === "unknown").length} unknown.`,
  );
  expect(all.length).toBeGreaterThanOrEqual(150);
  expect(wrong).toEqual([]);
});

test("every expected finding exists", () => {
  for (const { expect: code } of [...texts, ...sequences])
    expect([code, code in findingCatalogue || code === "healthy"]).toEqual([code, true]);
});

describe("an answer is recognised however it is written", () => {
  const wraps: [string, (text: string) => string][] = [
    ["upper case", (text) => text.toUpperCase()],
    ["wrapped by 20", (text) => text.replaceAll(/(.{20}) /g, "$1\r\n   ")],
    ["prefixed", (text) => `2026-02-03 04:05:06 ERROR mail.sync [worker-3] failed: ${text}`],
    ["as JSON", (text) => JSON.stringify({ level: "error", err: { message: text } })],
    ["in a page", (text) => `<p>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`],
    ["repeated", (text) => `${text}\n${text}`],
  ];
  test.each(wraps)("%s", (_how, wrap) => {
    const wrong = texts
      .filter(({ text }) => !/<html|ENETUNREACH 2603|HTTP\/1|^220 /i.test(text)) // what is a page, or begins a line, is so as it stands
      .map((one) => ({
        expected: one.expect,
        got: topOf({ ...one, text: wrap(one.text) }),
        text: one.text.slice(0, 60),
      }))
      .filter(({ expected, got }) => expected !== got);
    expect(wrong).toEqual([]);
  });
});

describe("with one probe's result withheld the finding gets less specific, never wrong", () => {
  const probes = [
    ...new Set(sequences.flatMap(({ observations }) => observations.map(({ probe }) => probe))),
  ];
  test.each(probes)("%s", (probe) => {
    const wrong = sequences
      .filter(({ observations }) => observations.some((one) => one.probe === probe))
      .map(({ expect: full, context, observations }) => ({
        full,
        less: stated({
          expect: full,
          context,
          observations: observations.filter((one) => one.probe !== probe),
        }),
      }))
      .filter(({ full, less }) => !isLessSpecific(less, full));
    expect(wrong).toEqual([]);
  });
});

test("what nobody knows is unknown, and nothing failed is healthy", () => {
  expect(
    rank([{ probe: "imap_open", ok: false, answer: "A1 NO [XFROB] the gribble is unfrobbed" }], noContext),
  ).toEqual([{ code: "unknown", confidence: 0, because: "imap_open" }]);
  expect(rank([{ probe: "imap_open", ok: true }], noContext)).toEqual([]);
  expect(conclude([], noContext)).toBeNull();
});

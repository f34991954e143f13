/** No finding is without a way to have it; and the answers of those without a persona lead to it. */
import { expect, test } from "vitest";
import { personas } from "../sandbox/personas.ts";
import { findingCatalogue, type FindingCode } from "../src/connect/findings/catalogue.ts";
import { explain } from "../src/connect/doctor/explain.ts";
import { answerCases, serverCases } from "../tests/support/answer-findings.ts";
import { applicationCases, personaCases } from "../tests/support/persona-findings.ts";

const shown = new Set<string>(
  [...personaCases, ...applicationCases, ...serverCases].map(({ finding }) => finding),
);

test("every finding is produced, or says why it has no persona", () => {
  const reasoned = answerCases.map(({ finding }) => finding);
  const missing = Object.keys(findingCatalogue).filter(
    (code) => !shown.has(code) && !reasoned.includes(code as FindingCode),
  );
  expect(missing).toEqual([]);
  // A reason for what is shown after all would be a wrong one.
  expect(reasoned.filter((code) => shown.has(code))).toEqual([]);
  expect(new Set(reasoned).size).toBe(reasoned.length);
});

test("at least 50 findings are had from personas and applications", () => {
  const had = new Set([...personaCases, ...applicationCases].map(({ finding }) => finding));
  expect([...had].filter((code) => Object.hasOwn(findingCatalogue, code)).length).toBeGreaterThanOrEqual(50);
});

const answers = answerCases.flatMap((one) => (one.text === undefined ? [] : [{ ...one, text: one.text }]));

test.each(answers)("$finding of $text", ({ finding, text, step, kind }) => {
  const [first] = explain({ text, step: step ?? null, kind: kind ?? null, language: "en" });
  expect(first?.code).toBe(finding);
  expect(first?.fix.length).toBeGreaterThan(10);
});

test("the cases name personas that there are", () => {
  const known = new Set(personas.map(({ id }) => id));
  expect(personaCases.filter(({ id }) => !known.has(id))).toEqual([]);
});

import { expect, test } from "vitest";
import { explain, explainInDetail } from "./explain.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const asked = { step: null, kind: null, language: "en" } as const;
const smtpLine =
  "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.";

test("what programs are told has four fields, and the page the same findings with more", () => {
  const short = explain({ ...asked, text: smtpLine });
  const long = explainInDetail({ ...asked, text: smtpLine });
  expect(short.map((finding) => Object.keys(finding))).toEqual(
    short.map(() => ["code", "confidence", "title", "fix"]),
  );
  expect(long).toMatchObject(short);
  expect(long[0]).toMatchObject({ code: "smtp_auth_disabled", severity: "blocking" });
  expect(long[0]?.steps.length).toBeGreaterThan(0);
});

test("the line that shows it is named, out of a log of many", () => {
  const noise = Array.from({ length: 40 }, (_value, index) => `10:0${index % 10} job ${index} began`);
  const text = [...noise, `10:07 send: ${smtpLine}`, ...noise].join("\n");
  expect(explainInDetail({ ...asked, text })[0]?.recognisedBy).toBe(`10:07 send: ${smtpLine}`);
});

test("words that a program wrapped are named over their lines; its secrets are not", () => {
  const text =
    "sending with password=hunter2secret\n535 5.7.139 SmtpClientAuthentication is\ndisabled for the Tenant";
  const by = explainInDetail({ ...asked, text, step: "smtp" }).find(
    ({ code }) => code === "smtp_auth_disabled",
  )?.recognisedBy;
  expect(by).toContain("SmtpClientAuthentication is\ndisabled");
  const one = `password=hunter2secret refused: ${smtpLine}`;
  const shown = explainInDetail({ ...asked, text: one }).map(({ recognisedBy }) => recognisedBy ?? "");
  expect(shown.join(" ")).toContain("SmtpClientAuthentication");
  expect(shown.join(" ")).not.toContain("hunter2secret");
});

test("an unknown error has three things to try, nobody to blame and no line", () => {
  for (const language of ["en", "zh"] as const) {
    const found = explainInDetail({ ...asked, language, text: "the frobnicator went sideways" });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ code: "unknown", confidence: 0, who: null, recognisedBy: null });
    expect(found[0]?.steps).toHaveLength(3);
  }
});

test("many megabytes of lines are answered at once", () => {
  const text = "A1 NO [UNAVAILABLE] Server error\n".repeat(300_000);
  const began = processorMs();
  expect(explainInDetail({ ...asked, text }).length).toBeGreaterThan(0);
  expect(processorMs(began)).toBeLessThan(2_000);
});

test("a link in the line ends with a blank in Chinese, too", () => {
  const [first] = explain({ ...asked, language: "zh", text: smtpLine });
  expect(first?.fix).toMatch(/https:\/\/[!-~]+(?: |$)/u);
});

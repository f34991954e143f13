import { expect, test } from "vitest";
import { findingCatalogue, findingKind } from "./catalogue.ts";
import type { FindingKind, Language } from "./types.ts";
import { fill, languageOf, wordFinding } from "./words.ts";

const finding = {
  code: "account_mismatch",
  params: { wanted: "a@b.example", signedIn: "c@d.example" },
  evidence: [],
};

test("a finding in both languages", () => {
  expect(wordFinding(finding, "en")).toMatchObject({
    title: "That was another account",
    cause: "You want to connect a@b.example, but the browser signed in to Microsoft as c@d.example.",
    steps: [{ text: "Sign in again as a@b.example", action: "sign_in_again", link: null }],
  });
  const offered = { ...finding, params: { ...finding.params, alias: "possible" } };
  expect(wordFinding(offered, "en").steps.map((step) => step.action)).toEqual([
    "sign_in_again",
    "prove_alias",
  ]);
  expect(wordFinding(finding, "zh").cause).toBe(
    "您要连接的是 a@b.example，但浏览器登录微软时用的是 c@d.example。",
  );
});

test("where nothing told them apart, both causes are named, with what to do for each", () => {
  const off = { code: "imap_disabled", params: { wanted: "a@b.example" }, evidence: [] };
  const either = wordFinding({ ...off, params: { ...off.params, perhaps: "new" } }, "en");
  expect(either.title).toBe("The mailbox does not open yet: IMAP is off, or it is new");
  expect(either.cause).toMatch(/a@b\.example.*switched off.*was never used/);
  const texts = either.steps.map(({ text, action }) => `${action}: ${text}`);
  expect(texts.slice(0, 3)).toEqual([
    "use_graph: Find out which: connect through Microsoft Graph instead",
    "open_link: Switch IMAP on",
    "open_link: Is the mailbox new? Use it once",
  ]);
  expect(wordFinding(off, "en").title).toBe("IMAP is switched off");
  expect(wordFinding(off, "en").steps.map(({ text }) => text)).not.toContain(texts[2]);
});

test("where Graph is refused too, POP3 is the last way, with what it cannot do in both languages", () => {
  for (const code of ["graph_permission_missing", "graph_token_refused"])
    for (const [language, cannot] of [
      ["en", /No folders but the Inbox, no read marks, and nothing is changed/],
      ["zh", /只有收件箱/],
    ] as const) {
      const last = wordFinding({ code, params: {}, evidence: [] }, language).steps.at(-1);
      expect(last).toMatchObject({ action: "use_pop3", detail: expect.stringMatching(cannot) as string });
    }
});

test("what is not known is left out rather than shown in braces", () => {
  const line = { en: "{host} refuses {wanted} for {reason}", zh: "" };
  expect(fill(line, "en", { host: "mail.example" })).toBe("mail.example refuses this address for …");
});

test("a parameter is not filled again", () => {
  expect(fill({ en: "{a}", zh: "" }, "en", { a: "{b}", b: "x" })).toBe("{b}");
});

test("a code of another version is unknown, and still worded", () => {
  expect(findingKind("of_a_later_version")).toBe(findingCatalogue.unknown);
  expect(findingKind("toString")).toBe(findingCatalogue.unknown);
});

test("every finding has words in both languages that ask for parameters we give", () => {
  const known = new Set([
    "wanted",
    "signedIn",
    "host",
    "step",
    "redirectUri",
    "tenant",
    "clientId",
    "name",
    "day",
    "days",
    "publicUrl",
    "minutes", // of a Microsoft app
  ]);
  for (const [code, kind] of Object.entries(findingCatalogue) as [string, FindingKind][]) {
    const texts = [
      kind.title,
      kind.cause,
      ...(kind.orNew === undefined ? [] : [kind.orNew.title, kind.orNew.cause]),
      kind.meanwhile,
      ...kind.steps.flatMap((step) => [step.text, step.detail ?? step.text]),
    ];
    for (const text of texts)
      for (const language of ["en", "zh"] satisfies Language[]) {
        expect([code, text[language].length > 0]).toEqual([code, true]);
        for (const [, name = ""] of text[language].matchAll(/\{(\w+)\}/g))
          expect([code, known.has(name)]).toEqual([code, true]);
      }
  }
});

test.each<[string | undefined, Language | null, Language]>([
  [undefined, null, "en"],
  ["", null, "en"],
  ["zh-CN,zh;q=0.9,en;q=0.8", null, "zh"],
  ["en-GB, zh;q=0.9", null, "en"],
  ["de-DE, zh-TW;q=0.5", null, "zh"],
  ["de-DE, fr", null, "en"],
  ["zho", null, "en"],
  ["en", "zh", "zh"],
  ["zh", "en", "en"],
])("Accept-Language %j with the choice %s is answered in %s", (header, chosen, language) => {
  expect(languageOf(header, chosen)).toBe(language);
});

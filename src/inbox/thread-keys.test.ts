import { expect, test } from "vitest";
import { joinedBySubject, normaliseRef, referencesOf, type SubjectSide } from "./thread-keys.ts";

test.each([
  ["<a@x.example>", "<a@x.example>"],
  [" a@x.example ", "<a@x.example>"],
  ["<20260102030405.ABCDEF>", "<20260102030405.ABCDEF>"],
  ["<>", null],
  ["", null],
  ["<@>", null],
  ["<0>", null],
  ["<a b@x>", null],
  [`<${"a".repeat(3_000)}@x>`, null],
])("%j names %j", (raw, ref) => {
  expect(normaliseRef(raw)).toBe(ref);
});

test("a message does not refer to itself, nor to more than 200", () => {
  const references = Array.from({ length: 1_000 }, (_, index) => `<r${index}@x.example>`);
  const refs = referencesOf({
    messageId: "<r999@x.example>",
    originalMessageId: null,
    inReplyTo: [],
    references,
  });
  expect(refs.length).toBeLessThanOrEqual(200);
  expect(refs).not.toContain("<r999@x.example>");
  expect(refs).toContain("<r0@x.example>");
  expect(refs).toContain("<r998@x.example>");
});

const day = 24 * 3_600_000;
const question: SubjectSide = {
  mailboxId: "m",
  subjectKey: "order",
  replyPrefix: false,
  inReplyTo: [],
  references: [],
  authorAddress: "Ann@Example.net",
  recipientAddresses: ["shop@example.com"],
  receivedAtMs: 100 * day,
  automatic: false,
};
const answer: SubjectSide = {
  ...question,
  replyPrefix: true,
  authorAddress: "shop@example.com",
  recipientAddresses: ["ann@example.net"],
  receivedAtMs: 101 * day,
};
const joined = (a: SubjectSide, b: SubjectSide): boolean[] => [
  joinedBySubject(a, b, "shop@example.com"),
  joinedBySubject(b, a, "shop@example.com"),
];

test("a bare reply joins what it answers, seen from either side", () => {
  expect(joined(question, answer)).toEqual([true, true]);
});

test.each<[string, Partial<SubjectSide>, Partial<SubjectSide>]>([
  ["no reply prefix", {}, { replyPrefix: false }],
  ["a named parent", {}, { references: ["<p@x.example>"] }],
  ["eight days later", {}, { receivedAtMs: 108 * day }],
  ["before the question", {}, { receivedAtMs: 99 * day }],
  ["another mailbox", {}, { mailboxId: "n" }],
  ["a contact form", { automatic: true }, {}],
  ["an automatic reply", {}, { automatic: true }],
  [
    "two visitors of a form whose subject is a reply's",
    { replyPrefix: true, authorAddress: "visitor-one@example.net" },
    { authorAddress: "visitor-two@example.org", recipientAddresses: ["shop@example.com"] },
  ],
  ["no subject", { subjectKey: "" }, { subjectKey: "" }],
  [
    "two strangers writing to us",
    {},
    { authorAddress: "bob@example.net", recipientAddresses: ["shop@example.com"] },
  ],
])("%s does not join", (_, a, b) => {
  expect(joined({ ...question, ...a }, { ...answer, ...b })).toEqual([false, false]);
});

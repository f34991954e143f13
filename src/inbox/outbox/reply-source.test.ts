import { expect, test } from "vitest";
import type { AnsweredMessage } from "./reply-source.ts";
import { subjectOfReply, threadingOf } from "./reply-source.ts";

const ids = { messageId: "<1@x>", inReplyTo: [], references: [] } as unknown as AnsweredMessage;

test("ids that would need a server of another kind are left out", () => {
  const references = ["<ok@x>", "<ü@x>", "<a b@x>", "<a>b@x>", `<${"r".repeat(501)}>`];
  expect(threadingOf({ ...ids, references })).toEqual({
    inReplyTo: "<1@x>",
    references: ["<ok@x>", "<1@x>"],
  });
  expect(threadingOf({ ...ids, messageId: "<中@x>" })).toEqual({ inReplyTo: null, references: [] });
});

test("the subject of a reply fits on a line", () => {
  expect(subjectOfReply("AW: Angebot")).toBe("Re: Angebot");
  expect(subjectOfReply("x".repeat(5_000))).toHaveLength(500);
  expect(subjectOfReply(`${"x".repeat(495)}😀`).isWellFormed()).toBe(true);
});

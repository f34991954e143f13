import { describe, expect, test } from "vitest";
import type { ReplyTargets } from "../api/gen/model/index.ts";
import {
  freshReply,
  fromDraft,
  hasOthers,
  isEmptyHtml,
  namedAddress,
  newestBeside,
  replyBody,
  replyProblem,
  toDraft,
  withEarlyText,
  withMode,
} from "./reply-state.ts";
import { outboxProblemKey } from "./outbox-text.ts";
import { undoWindowMs } from "./use-undo-send.ts";

const ines = { name: "Ines", address: "ines@d.example" };
const rui = { name: "Rui", address: "rui@d.example" };
const targets: ReplyTargets = {
  messageId: "msg",
  mailboxId: "box",
  fromAddress: "support@marlow.example",
  subject: "Re: Mugs",
  sender: { to: [ines], cc: [] },
  everybody: { to: [ines], cc: [rui] },
};

test("whom it goes to", () => {
  expect(freshReply(targets, "sender")).toMatchObject({ to: [ines], cc: [] });
  expect(freshReply(targets, "everybody")).toMatchObject({ to: [ines], cc: [rui] });
  expect(hasOthers(targets)).toBe(true);
  expect(hasOthers({ ...targets, everybody: targets.sender })).toBe(false);
});

test("other recipients keep the text and the files", () => {
  const written = {
    ...freshReply(targets, "sender"),
    html: "<p>Hi</p>",
    files: [{ id: "f", filename: "a.pdf", sizeBytes: 1 }],
  };
  expect(withMode(written, targets, "everybody")).toMatchObject({
    html: "<p>Hi</p>",
    files: written.files,
    cc: [rui],
    mode: "everybody",
  });
});

test("a draft comes back as it was", () => {
  const written = {
    ...freshReply(targets, "everybody"),
    html: "<p>Hi</p>",
    bcc: [rui],
    files: [{ id: "f", filename: "a.pdf", sizeBytes: 1 }],
  };
  expect(fromDraft(toDraft(written))).toEqual(written);
});

describe("what is missing", () => {
  test.each([
    ["<p></p>", true],
    ["<p>&nbsp; <br></p><ul><li><p></p></li></ul>", true],
    ["<p>x</p>", false],
    ["<p>0</p>", false],
  ])("%s", (html, empty) => expect(isEmptyHtml(html)).toBe(empty));

  test("a recipient, then words or a file", () => {
    const fresh = freshReply(targets, "sender");
    expect(replyProblem({ ...fresh, to: [] })).toBe("noOne");
    expect(replyProblem(fresh)).toBe("empty");
    expect(replyProblem({ ...fresh, html: "<p>Hi</p>" })).toBeNull();
    expect(replyProblem({ ...fresh, files: [{ id: "f", filename: "a", sizeBytes: 1 }] })).toBeNull();
  });
});

test("what is sent names exactly those on screen, and the message it answers", () => {
  const state = { ...freshReply(targets, "everybody"), html: "<p>Hi</p>" };
  expect(replyBody(state, targets, true)).toEqual({
    html: "<p>Hi</p>",
    to: ["ines@d.example"],
    cc: ["rui@d.example"],
    bcc: [],
    quote: true,
    messageId: "msg",
    mailboxId: "box",
    uploads: [],
    close: true,
  });
});

test("the server's word about a field is about an address on screen", () => {
  const state = freshReply(targets, "everybody");
  expect(namedAddress(state, "cc.0")).toBe("rui@d.example");
  for (const field of ["cc.7", "to", "constructor.0", undefined])
    expect(namedAddress(state, field)).toBeUndefined();
});

test.each([
  ["queued", "throttled", null, "pause"],
  ["queued", "auth_failed", "smtp_auth_disabled", "switchedOff"],
  ["failed", "send_rejected", "too_large", "tooLarge"],
  ["failed", "send_rejected", null, "refused"],
  ["failed", "constructor", "toString", "other"],
  ["sending", "send_unclear", null, "unclear"],
  ["unknown", "send_unclear", null, "decide"],
  ["unknown", "restored", null, "restored"],
] as const)("a reply that is %s for %s (%s) has words: %s", (state, problem, reason, key) => {
  expect(outboxProblemKey({ state, problem, reason })).toBe(`inbox.thread.outboxProblem.${key}`);
});

test("undo is offered as long as the server allows, by its own clock", () => {
  const nothing = { problem: null, reason: null, response: null, nextTryAt: null };
  const outbox = { id: "o", state: "queued" as const, ...nothing };
  const receivedAt = "2026-03-20T10:00:00.000Z";
  expect(undoWindowMs({ receivedAt, outbox: { ...outbox, cancelUntil: "2026-03-20T10:00:15.000Z" } })).toBe(
    15_000,
  );
  expect(undoWindowMs({ receivedAt, outbox: { ...outbox, cancelUntil: null } })).toBe(8_000);
});

test("what was typed before the editor was there stands in the reply, as text", () => {
  const fresh = freshReply(targets, "sender");
  expect(withEarlyText(fresh, " ")).toBe(fresh);
  expect(withEarlyText(fresh, "Dear <Ines>,\nyes").html).toBe("<p>Dear &lt;Ines&gt;,</p><p>yes</p>");
  expect(withEarlyText({ ...fresh, html: "<p>Draft</p>" }, "x").html).toBe("<p>Draft</p><p>x</p>");
});

const message = (id: string, goneAt: string | null = null) => ({ id, goneAt });

test("a message that came while one was writing is noticed", () => {
  const known = new Set(["a", "b"]);
  expect(newestBeside([message("a"), message("b")], known)).toBe(undefined);
  expect(newestBeside([message("a"), message("b"), message("c")], known)?.id).toBe("c");
  expect(newestBeside([message("a"), message("b"), message("c", "2026-01-01T00:00:00Z")], known)).toBe(
    undefined,
  );
});

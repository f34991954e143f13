import { expect, test } from "vitest";
import { parseEvent } from "./server-event.ts";

test("reads ids whether they stand beside the payload or in it", () => {
  expect(parseEvent("message.created", '{"conversationId":"c1","mailboxId":"m1"}')).toMatchObject({
    conversationId: "c1",
    mailboxId: "m1",
  });
  expect(
    parseEvent("message.created", '{"mailboxId":"m1","payload":{"conversationId":"c1","x":1}}'),
  ).toMatchObject({ conversationId: "c1", mailboxId: "m1", data: { x: 1 } });
});

test("what is no event costs one update and nothing more", () => {
  expect(parseEvent("mailbox.state", "{")).toBeNull();
  expect(parseEvent("mailbox.state", "null")).toBeNull();
  expect(parseEvent("mailbox.state", '{"mailboxId":7}')).toMatchObject({ mailboxId: null });
});

import { describe, expect, test } from "vitest";
import { eventNames, type EventName, type ServerEvent } from "../app/events/server-event.ts";
import { EventPlan, manyConversations } from "./event-plan.ts";
import { isUnsent } from "./use-tell-unsent.ts";

const event = (name: EventName, conversationId: string | null = null): ServerEvent => ({
  name,
  conversationId,
  mailboxId: "m1",
  data: {},
});

describe("EventPlan", () => {
  test("several events of one conversation are one reading", () => {
    const plan = new EventPlan();
    plan.gather(event("conversation.updated", "c1"));
    plan.gather(event("message.updated", "c1"));
    plan.gather(event("message.created", "c1"));
    expect(plan.takePlan()).toEqual({
      conversations: ["c1"],
      messages: ["c1"],
      heads: false,
      counts: true,
      mailboxes: false,
      everything: false,
      arrived: ["c1"],
    });
  });

  test("what was handed over is forgotten", () => {
    const plan = new EventPlan();
    plan.gather(event("message.created", "c1"));
    plan.takePlan();
    expect(plan.takePlan()).toEqual({
      conversations: [],
      messages: [],
      heads: false,
      counts: false,
      mailboxes: false,
      everything: false,
      arrived: [],
    });
  });

  test("a flood reads the heads of the lists instead of every row", () => {
    const plan = new EventPlan();
    for (let n = 0; n <= manyConversations; n += 1) plan.gather(event("conversation.created", `c${n}`));
    const taken = plan.takePlan();
    expect(taken.heads).toBe(true);
    expect(taken.conversations).toEqual([]);
  });

  test("importing old mail is not announced", () => {
    const plan = new EventPlan();
    plan.gather(event("conversation.created", "c1"));
    expect(plan.takePlan().arrived).toEqual([]);
  });

  test("with a mailbox, whole lists may go", () => {
    const plan = new EventPlan();
    plan.gather(event("mailbox.removed", null));
    expect(plan.takePlan().everything).toBe(true);
    expect(plan.takePlan().everything).toBe(false);
  });

  test.each(eventNames)("%s leads to something being read anew", (name) => {
    const plan = new EventPlan();
    plan.gather(event(name, name.startsWith("mailbox") || name.startsWith("finding") ? null : "c1"));
    const taken = plan.takePlan();
    expect(taken.conversations.length > 0 || taken.mailboxes).toBe(true);
  });
});

test.each([
  ["outbox.updated", "failed", true],
  ["outbox.updated", "unknown", true],
  ["outbox.updated", "sent", false],
  ["message.updated", "failed", false],
] as const)("%s with state %s needs somebody: %s", (name, state, needs) => {
  expect(isUnsent({ name, data: { state } })).toBe(needs);
});

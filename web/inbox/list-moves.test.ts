import { describe, expect, test, vi } from "vitest";
import { foldThread, type FoldMessage } from "./fold-thread.ts";
import { anchorShift, newAbove } from "./scroll-anchor.ts";
import { rowAfter, rowBeside, toggled } from "./selection.ts";
import { snoozeChoices } from "./snooze-times.ts";
import { makeConversation } from "./testing/make-conversation.ts";
import { UndoStack } from "./undo-stack.ts";
import { changedRow, inverse } from "./use-actions.ts";

const rows = (...ids: string[]) => ids.map((id) => ({ id }));

describe("what one reads stays in place", () => {
  test("rows that come above push by their height", () => {
    expect(anchorShift(rows("a", "b", "c"), rows("x", "y", "a", "b", "c"), "b", 85)).toBe(170);
    expect(newAbove(rows("a", "b"), rows("x", "y", "a", "b"))).toBe(2);
  });
  test("what one brings back oneself is no news", () => {
    expect(newAbove(rows("a", "b"), rows("x", "y", "a", "b"), (id) => id === "x")).toBe(1);
  });
  test("rows that go above pull; a row that is gone itself moves nothing", () => {
    expect(anchorShift(rows("a", "b", "c"), rows("b", "c"), "c", 85)).toBe(-85);
    expect(anchorShift(rows("a", "b"), rows("b"), "a", 85)).toBe(0);
  });
  test("what comes below moves nothing", () =>
    expect(anchorShift(rows("a"), rows("a", "b"), "a", 85)).toBe(0));
});

describe("selection", () => {
  test("one by one, and a range with Shift", () => {
    const order = rows("a", "b", "c", "d");
    const one = toggled(new Set(), order, "b", undefined, false);
    expect([...one]).toEqual(["b"]);
    expect([...toggled(one, order, "d", "b", true)]).toEqual(["b", "c", "d"]);
    expect([...toggled(one, order, "b", "b", false)]).toEqual([]);
  });
  test("Shift without a row to begin at takes the one", () =>
    expect([...toggled(new Set(), rows("a", "b"), "b", "gone", true)]).toEqual(["b"]));
});

describe("going on", () => {
  test("to the next that stays, else to the one before", () => {
    expect(rowAfter(rows("a", "b", "c"), new Set(["b"]), "b")).toBe("c");
    expect(rowAfter(rows("a", "b", "c"), new Set(["b", "c"]), "b")).toBe("a");
    expect(rowAfter(rows("a"), new Set(["a"]), "a")).toBeUndefined();
  });
  test("from a row that is not in the list: to its top", () =>
    expect(rowAfter(rows("a", "b"), new Set(["x"]), "x")).toBe("a"));
  test("j and k stop at the ends", () => {
    expect(rowBeside(rows("a", "b"), undefined, 1)).toBe("a");
    expect(rowBeside(rows("a", "b"), "b", 1)).toBe("b");
    expect(rowBeside(rows("a", "b"), "b", -1)).toBe("a");
    expect(rowBeside([], undefined, 1)).toBeUndefined();
  });
});

const names = (now: Date) => snoozeChoices(now).map(({ id }) => id);

describe("snoozeChoices", () => {
  test("a Tuesday morning has them all, in order", () => {
    const choices = snoozeChoices(new Date(2026, 2, 17, 9, 20));
    expect(choices.map(({ id }) => id)).toEqual(["later", "tomorrow", "weekend", "week"]);
    expect(choices.map(({ at }) => at.getTime())).toEqual(
      choices.map(({ at }) => at.getTime()).toSorted((a, b) => a - b),
    );
    expect(choices.at(-1)?.at).toEqual(new Date(2026, 2, 23, 9));
  });
  test("no moment twice: on a Friday Saturday is tomorrow, on a Sunday Monday is, and Saturday is far", () => {
    expect(names(new Date(2026, 2, 20, 20))).toEqual(["tomorrow", "week"]);
    expect(names(new Date(2026, 2, 22, 20))).toEqual(["tomorrow", "weekend"]);
  });
  test("all of them lie ahead, at any hour of any day", () => {
    for (let hour = 0; hour < 24 * 14; hour += 1) {
      const now = new Date(2026, 2, 1, hour, 59);
      for (const { at } of snoozeChoices(now)) expect(at.getTime()).toBeGreaterThan(now.getTime());
    }
  });
});

describe("UndoStack", () => {
  test("each is taken back once, the latest first", () => {
    const stack = new UndoStack();
    const first = { run: vi.fn() };
    const second = { run: vi.fn() };
    stack.push(first);
    stack.push(second);
    stack.undo(second);
    stack.undo(second);
    expect(second.run).toHaveBeenCalledTimes(1);
    expect(stack.undoLast()).toBe(true);
    expect(first.run).toHaveBeenCalledTimes(1);
    expect(stack.undoLast()).toBe(false);
  });
});

describe("a change and what takes it back", () => {
  const row = makeConversation("c1", 1, {
    status: "snoozed",
    snoozedUntil: "2026-03-21T09:00:00.000Z",
    assignee: { userId: "u2", name: "Tom" },
    unread: true,
  });
  test("on screen at once", () => {
    expect(changedRow(row, { status: "closed" }, null)).toMatchObject({
      status: "closed",
      snoozedUntil: null,
      assignee: row.assignee,
    });
    expect(changedRow(row, { assignee: "u1" }, { userId: "u1", name: "Jo" }).assignee?.name).toBe("Jo");
    expect(changedRow(row, { read: true }, null).unread).toBe(false);
  });
  test("back to what it was", () => {
    expect(inverse(row, { status: "closed" })).toEqual({ status: "snoozed", snoozedUntil: row.snoozedUntil });
    expect(inverse(row, { assignee: null, read: true })).toEqual({ assignee: "u2", read: false });
  });
});

const thread = (count: number, unread: number[] = []): FoldMessage[] =>
  Array.from({ length: count }, (_, n) => ({ id: `m${n}`, seen: !unread.includes(n), direction: "in" }));

describe("foldThread", () => {
  test("a short thread shows every line, the last one open", () => {
    expect(foldThread(thread(4))).toEqual({ open: new Set(["m3"]), hidden: [0, 0] });
  });
  test("a long one hides the middle: the first and the last two stay", () => {
    expect(foldThread(thread(12)).hidden).toEqual([1, 10]);
  });
  test("nothing unread is hidden", () => {
    const fold = foldThread(thread(12, [5]));
    expect(fold.hidden).toEqual([1, 5]);
    expect(fold.open).toEqual(new Set(["m5", "m11"]));
  });
  test("one message alone is not worth folding", () =>
    expect(foldThread(thread(8, [2])).hidden).toEqual([0, 0]));
  test("of many unread ones the newest are open, the others lines", () => {
    const fold = foldThread(thread(200, [...Array(200).keys()]));
    expect([...fold.open]).toEqual([...Array(10).keys()].map((n) => `m${190 + n}`));
    expect(fold.hidden).toEqual([0, 0]);
  });
  test("an empty thread", () => expect(foldThread([])).toEqual({ open: new Set(), hidden: [0, 0] }));
});

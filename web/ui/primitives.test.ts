import { describe, expect, test, vi } from "vitest";
import { initials } from "./Avatar.tsx";
import { ToastStore } from "./toast-store.ts";
import { placeTip } from "./Tooltip.tsx";

describe("initials", () => {
  test.each([
    ["Ines Duarte", "ID"],
    ["王晓梅", "王"],
    ["Dr. Samuel J. Whitfield", "DW"],
    ["carlos.m@palmas.example", "C"],
    ['"Jo" Kessler', "JK"],
    ["", "·"],
    ["🎉", "·"],
  ])("%s → %s", (name, expected) => expect(initials(name)).toBe(expected));
});

describe("toasts", () => {
  test("three at most, the oldest goes", () => {
    const store = new ToastStore();
    for (const text of ["a", "b", "c", "d"]) store.show(text);
    expect(store.snapshot().map((toast) => toast.text)).toEqual(["b", "c", "d"]);
  });

  test("the same words stand once; two that can be taken back are two", () => {
    const store = new ToastStore();
    store.show("That was not done", { detail: "No answer" });
    store.show("That was not done", { detail: "No answer" });
    const action = { label: "Undo", run: () => undefined };
    store.show("Closed", { action });
    store.show("Closed", { action });
    expect(store.snapshot().map((toast) => toast.text)).toEqual(["That was not done", "Closed", "Closed"]);
  });

  test("dismissing tells the listeners; an error stays longer", () => {
    const store = new ToastStore();
    const listener = vi.fn();
    store.subscribe(listener);
    const id = store.show("broken", { tone: "bad" });
    expect(store.snapshot()[0]?.durationMs).toBe(10_000);
    store.dismiss(id);
    expect(store.snapshot()).toEqual([]);
    expect(listener).toHaveBeenCalledTimes(2);
  });
});

const anchor = (left: number, top: number) =>
  ({ left, top, right: left + 30, bottom: top + 30, width: 30, height: 30 }) as DOMRect;

describe("placeTip", () => {
  const view = { width: 400, height: 300 };
  const size = { width: 100, height: 20 };

  test("below, centred", () =>
    expect(placeTip(anchor(200, 100), size, "bottom", view)).toEqual({ left: 165, top: 136 }));
  test("above when there is no room below", () =>
    expect(placeTip(anchor(200, 265), size, "bottom", view).top).toBe(239));
  test("kept inside the window", () => {
    expect(placeTip(anchor(0, 100), size, "bottom", view).left).toBe(8);
    expect(placeTip(anchor(390, 100), size, "bottom", view).left).toBe(292);
  });
  test("beside, when there is room", () => {
    expect(placeTip(anchor(10, 100), size, "right", view)).toEqual({ left: 46, top: 105 });
    expect(placeTip(anchor(300, 100), size, "right", view).top).toBe(136);
  });
});

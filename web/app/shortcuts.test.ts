import { describe, expect, test, vi } from "vitest";
import { chordOf, ShortcutRegistry, type Command, type KeyPress } from "./shortcuts.ts";

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...more,
});

const command = (id: string, keys: string[], more: Partial<Command> = {}): Command => ({
  id,
  keys,
  label: "app.help",
  group: "app",
  run: vi.fn(),
  ...more,
});

describe("chordOf", () => {
  test.each([
    [press("j"), "j"],
    [press("J", { shiftKey: true }), "shift+j"],
    [press("?", { shiftKey: true }), "?"],
    [press("/"), "/"],
    [press("Enter", { metaKey: true }), "mod+enter"],
    [press("Enter", { ctrlKey: true, shiftKey: true }), "mod+shift+enter"],
    [press(" "), "space"],
  ])("%o → %s", (event, expected) => expect(chordOf(event)).toBe(expected));
});

describe("ShortcutRegistry", () => {
  test("what is registered later wins, until it is taken out", () => {
    const registry = new ShortcutRegistry();
    registry.register([command("below", ["e"])]);
    const remove = registry.register([command("above", ["e"])]);
    expect(registry.match(press("e"), false, 0)?.id).toBe("above");
    remove();
    expect(registry.match(press("e"), false, 0)?.id).toBe("below");
  });

  test("a command that is off lets its key go on to others", () => {
    const registry = new ShortcutRegistry();
    registry.register([command("below", ["escape"])]);
    registry.register([command("above", ["escape"], { enabled: false })]);
    expect(registry.match(press("Escape"), false, 0)?.id).toBe("below");
    expect(registry.snapshot().map(({ id }) => id)).toEqual(["below"]);
  });

  test("the same id twice is one command: the topmost", () => {
    const registry = new ShortcutRegistry();
    registry.register([command("close", ["e"])]);
    registry.register([command("close", ["q"])]);
    expect(registry.snapshot()).toHaveLength(1);
    expect(registry.match(press("e"), false, 0)).toBeNull();
  });

  test("while one types, only what says so", () => {
    const registry = new ShortcutRegistry();
    registry.register([command("close", ["e"]), command("send", ["mod+enter"], { whileTyping: true })]);
    expect(registry.match(press("e"), true, 0)).toBeNull();
    expect(registry.match(press("Enter", { ctrlKey: true }), true, 0)?.id).toBe("send");
  });

  test("an input method's keys are its own", () => {
    const registry = new ShortcutRegistry();
    registry.register([command("send", ["enter"], { whileTyping: true })]);
    expect(registry.match(press("Enter", { isComposing: true }), true, 0)).toBeNull();
    expect(registry.match(press("Process"), true, 0)).toBeNull();
  });

  test("one key after the other, in time", () => {
    const registry = new ShortcutRegistry();
    registry.register([command("inbox", ["g i"]), command("take", ["i"])]);
    expect(registry.match(press("g"), false, 0)).toBeNull();
    expect(registry.match(press("i"), false, 1_000)?.id).toBe("inbox");
    expect(registry.match(press("g"), false, 2_000)).toBeNull();
    expect(registry.match(press("i"), false, 9_000)?.id).toBe("take");
  });

  test("a sequence is forgotten after a key that does not belong to it", () => {
    const registry = new ShortcutRegistry();
    registry.register([command("inbox", ["g i"])]);
    registry.match(press("g"), false, 0);
    registry.match(press("x"), false, 10);
    expect(registry.match(press("i"), false, 20)).toBeNull();
  });

  test("listeners hear of changes, and the snapshot stays the same between them", () => {
    const registry = new ShortcutRegistry();
    const listener = vi.fn();
    registry.subscribe(listener);
    registry.register([command("close", ["e"])]);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(registry.snapshot()).toBe(registry.snapshot());
  });
});

import { describe, expect, test } from "vitest";
import { CommandReader } from "./command-reader.ts";

const limits = { lineBytes: 100, messageBytes: 1000, literalBytes: 20 };

async function* chunksOf(text: string, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), "latin1");
}

function reader(text: string, size = 7): { reader: CommandReader; invited: () => number } {
  let count = 0;
  return { reader: new CommandReader(chunksOf(text, size), limits, () => count++), invited: () => count };
}

describe("CommandReader", () => {
  test.each([1, 3, 1000])("joins commands from chunks of %i bytes", async (size) => {
    const { reader: read, invited } = reader("a NOOP\r\nb LOGIN {2}\r\nme {3+}\r\nyou\r\nc NOOP\n", size);
    expect(await read.readCommand()).toEqual({ kind: "command", text: "a NOOP", literals: [] });
    const login = {
      kind: "command",
      text: "b LOGIN \0 \0",
      literals: [Buffer.from("me"), Buffer.from("you")],
    };
    expect(await read.readCommand()).toEqual(login);
    expect(invited()).toBe(1);
    expect(await read.readCommand()).toMatchObject({ text: "c NOOP" });
    expect(await read.readCommand()).toBe(null);
  });

  test("an overlong line is refused, and the next one is read", async () => {
    const { reader: read } = reader(`a ${"x".repeat(300)}\r\nb NOOP\r\n`);
    expect(await read.readCommand()).toEqual({ kind: "refused", tag: "a", reason: "line-too-long" });
    expect(await read.readCommand()).toMatchObject({ text: "b NOOP" });
  });

  test("a literal too big is refused before it is sent, or skipped where it is sent anyway", async () => {
    const { reader: read, invited } = reader(
      `a LOGIN {21}\r\nb LOGIN {30+}\r\n${"y".repeat(30)} z\r\nc NOOP\r\n`,
    );
    expect(await read.readCommand()).toEqual({ kind: "refused", tag: "a", reason: "literal-too-big" });
    expect(await read.readCommand()).toEqual({ kind: "refused", tag: "b", reason: "literal-too-big" });
    expect(await read.readCommand()).toMatchObject({ text: "c NOOP" });
    expect(invited()).toBe(0);
  });

  test("APPEND may carry a message", async () => {
    const { reader: read } = reader(`a APPEND x {500+}\r\n${"y".repeat(500)}\r\n`);
    expect(await read.readCommand()).toMatchObject({ kind: "command", text: "a APPEND x \0" });
  });

  test("NUL is refused", async () => {
    expect(await reader("a NO\0OP\r\n").reader.readCommand()).toMatchObject({ reason: "nul" });
  });
});

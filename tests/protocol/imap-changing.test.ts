/** Changes at a server that misses what moves need, answers oddly, or is cut off in between. */
import { afterEach, describe, expect, test } from "vitest";
import { against, closeAgainst } from "../support/against.ts";
import type { Script, ScriptedImap } from "../support/scripted-imap.ts";

afterEach(closeAgainst);

const usual: Script = () => undefined;

const timesSent = ({ lines }: ScriptedImap, name: string): number =>
  lines.filter((line) => line.includes(` ${name} `)).length;

describe("changing", () => {
  test("without MOVE and UIDPLUS a move copies and marks, says so, and never expunges", async () => {
    const { server, source } = await against(usual);
    const result = await source.apply({
      kind: "move",
      folderPath: "INBOX",
      epochKey: "7",
      keys: ["1", "2"],
      targetPath: "Trash",
    });
    expect(result).toEqual({ done: ["1", "2"], missing: [], moved: [], leftMarked: ["1", "2"] });
    expect(server.lines.filter((line) => /EXPUNGE|CLOSE/.test(line))).toEqual([]);
  });

  test.each(["[COPYUID 9 1:2 ]", "[COPYUID 9  ]", "[COPYUID]", '[COPYUID 9 "" ""]', "[COPYUID 9 1:2 5]", ""])(
    "a move that the server answers with %j is done, its new keys are not known",
    async (code) => {
      const { source } = await against(
        ({ name, tag }) =>
          name === "UID MOVE" ? [`* OK ${code} moved`, `${tag} OK ${code} done`] : undefined,
        { capability: "IMAP4rev1 MOVE UIDPLUS" },
      );
      const move = { kind: "move", folderPath: "INBOX", epochKey: "7", keys: ["1", "2"] } as const;
      expect(await source.apply({ ...move, keys: ["1", "2"], targetPath: "Trash" })).toEqual({
        done: ["1", "2"],
        missing: [],
        moved: [],
      });
    },
  );

  test("without MOVE but with UIDPLUS only the moved ones are expunged", async () => {
    const { server, source } = await against(
      ({ name, tag }) => (name === "UID COPY" ? [`${tag} OK [COPYUID 9 1:2 5:6] done`] : undefined),
      {
        capability: "IMAP4rev1 UIDPLUS",
      },
    );
    const result = await source.apply({
      kind: "move",
      folderPath: "INBOX",
      epochKey: "7",
      keys: ["1", "2"],
      targetPath: "Trash",
    });
    expect(result.moved).toEqual([
      { from: "1", to: "5", epochKey: "9" },
      { from: "2", to: "6", epochKey: "9" },
    ]);
    expect(
      server.lines.filter((line) => /EXPUNGE/.test(line)).map((line) => line.replace(/^\S+ /, "")),
    ).toEqual(["UID EXPUNGE 1:2"]);
  });

  test.each([
    ["COPY, and cut off before the original is taken away", "IMAP4rev1 UIDPLUS", "UID COPY", "UID STORE", 2],
    [
      "MOVE, by a server that dies between its copy and its removal",
      "IMAP4rev1 UIDPLUS MOVE",
      "UID MOVE",
      "UID MOVE",
      1,
    ],
  ])(
    "what was copied by %s is not copied again, only taken away",
    async (_by, capability, copy, cutAt, stores) => {
      const facts =
        'INTERNALDATE "01-Jan-2026 10:00:00 +0000" RFC822.SIZE 9 ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL "<a@x>")';
      let inTrash = false;
      const { server, source } = await against(
        ({ name, tag, args, times }, socket) => {
          if (name === "SELECT" || name === "EXAMINE") inTrash = args.includes("Trash");
          if (name === "STATUS") return ["* STATUS Trash (UIDVALIDITY 7 UIDNEXT 3)", `${tag} OK done`];
          if (name === "UID FETCH" && args.includes("ENVELOPE"))
            return [`* 1 FETCH (UID ${inTrash ? 3 : 1} ${facts})`, `${tag} OK done`];
          if (name === cutAt && times === 0) socket.destroy();
          return undefined;
        },
        { capability },
      );
      const marks = new Map<string, { epochKey: string; uidNext: number }>();
      const copying = {
        earlier: marks,
        note: async (keys: string[], mark: { epochKey: string; uidNext: number }) =>
          keys.forEach((key) => marks.set(key, mark)),
        standing: async () => Promise.reject(new Error("the target was not renumbered")),
      };
      const move = {
        kind: "move",
        folderPath: "INBOX",
        epochKey: "7",
        targetPath: "Trash",
        copying,
      } as const;
      await expect(source.apply({ ...move, keys: ["1"] })).rejects.toMatchObject({ code: "connection_lost" });
      expect(marks.get("1")).toEqual({ epochKey: "7", uidNext: 3 });
      expect(await source.apply({ ...move, keys: ["1"] })).toEqual({
        done: ["1"],
        missing: [],
        moved: [{ from: "1", to: "3", epochKey: "7" }],
      });
      expect([copy, "UID STORE", "UID EXPUNGE"].map((name) => timesSent(server, name))).toEqual([
        1,
        stores,
        1,
      ]);
    },
  );

  test.each([
    ["a copy of it is known there", new Set(["1"]), { done: ["1"], missing: [], moved: [] }, [0, 1, 1]],
    ["none is known there", new Set<string>(), { done: ["1"], missing: [], moved: [] }, [1, 1, 1]],
    [
      "it is not known yet",
      "later" as const,
      { done: [], missing: [], moved: [], waiting: ["1"] },
      [0, 0, 0],
    ],
  ])(
    "a copy that was made before its target was renumbered: %s",
    async (_what, known, result, [copies, stores, expunges]) => {
      const { server, source } = await against(usual, { capability: "IMAP4rev1 UIDPLUS" });
      const asked: unknown[] = [];
      const copying = {
        earlier: new Map([["1", { epochKey: "6", uidNext: 1 }]]),
        note: async () => undefined,
        standing: async (keys: string[], epochKey: string) => {
          asked.push(keys, epochKey);
          return known;
        },
      };
      const move = {
        kind: "move",
        folderPath: "INBOX",
        epochKey: "7",
        targetPath: "Trash",
        copying,
      } as const;
      expect(await source.apply({ ...move, keys: ["1"] })).toEqual(result);
      expect(asked).toEqual([["1"], "7"]);
      expect(["UID COPY", "UID STORE", "UID EXPUNGE"].map((name) => timesSent(server, name))).toEqual([
        copies,
        stores,
        expunges,
      ]);
    },
  );

  test("folders of another numbering are not touched", async () => {
    const { server, source } = await against(usual);
    await expect(
      source.apply({ kind: "flags", folderPath: "INBOX", epochKey: "6", keys: ["1"], add: ["\\Seen"] }),
    ).rejects.toMatchObject({ code: "folder_reset" });
    expect(server.lines.some((line) => line.includes("STORE"))).toBe(false);
  });
});

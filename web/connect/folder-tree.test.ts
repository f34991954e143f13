import { describe, expect, test } from "vitest";
import type { Folder } from "../api/gen/model/index.ts";
import { choosable, firstChoice, folderLines, roughTime, usualFolders } from "./folder-tree.ts";

const folder = (path: string, part: Partial<Folder> = {}): Folder => ({
  id: `id-${path}`,
  path,
  name: path.split("/").at(-1) ?? path,
  parentPath: path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : null,
  role: null,
  kind: "mail",
  selectable: true,
  selected: false,
  messages: 10,
  stored: 0,
  problem: null,
  ...part,
});

const mailbox = [
  folder("Calendar", { kind: "other" }),
  folder("Suppliers/2024"),
  folder("Trash", { role: "trash" }),
  folder("Archive", { role: "archive" }),
  folder("Suppliers/10"),
  folder("Sent", { role: "sent" }),
  folder("Suppliers/9"),
  folder("Suppliers", { selectable: false, messages: null }),
  folder("INBOX", { role: "inbox" }),
  folder("Invoices"),
];

describe("folderLines", () => {
  test("the usual folders first, children below their parent, numbers as numbers, what holds no mail last", () => {
    expect(folderLines(mailbox, "en").map(({ folder: { path }, depth }) => `${depth} ${path}`)).toEqual([
      "0 INBOX",
      "0 Sent",
      "0 Archive",
      "0 Trash",
      "0 Invoices",
      "0 Suppliers",
      "1 Suppliers/9",
      "1 Suppliers/10",
      "1 Suppliers/2024",
      "0 Calendar",
    ]);
  });

  test("a folder whose parent is not listed stands at the top, and none is lost in a circle", () => {
    const odd = [folder("Lost/child"), folder("self", { parentPath: "self" })];
    expect(folderLines(odd, "en").map(({ folder: { path }, depth }) => [path, depth])).toEqual([
      ["Lost/child", 0],
      ["self", 0],
    ]);
  });
});

describe("what is chosen at first", () => {
  test("Inbox and Sent, never Junk, Deleted, Drafts or a calendar", () => {
    expect(usualFolders(mailbox)).toEqual(["id-Sent", "id-INBOX"]);
  });

  test("without roles the folder that is called INBOX, else the first with mail", () => {
    expect(usualFolders([folder("Work"), folder("inbox")])).toEqual(["id-inbox"]);
    expect(usualFolders([folder("Box", { selectable: false }), folder("Work")])).toEqual(["id-Work"]);
    expect(usualFolders([])).toEqual([]);
  });

  test("a choice made before stands, but for what can no longer be chosen", () => {
    const before = [
      folder("INBOX", { role: "inbox" }),
      folder("A", { selected: true }),
      folder("B", { selected: true, kind: "other" }),
    ];
    expect(firstChoice(before, true)).toEqual(["id-A"]);
    expect(firstChoice(before, false)).toEqual(["id-INBOX"]);
  });
});

test("only folders of mail that open can be chosen", () => {
  expect(choosable(folder("A"))).toBe(true);
  expect(choosable(folder("A", { selectable: false }))).toBe(false);
  expect(choosable(folder("A", { kind: "other" }))).toBe(false);
});

test.each([
  [5, { unit: "moment" }],
  [90, { unit: "minutes", count: 2 }],
  [5_400, { unit: "minutes", count: 90 }],
  [7_200, { unit: "hours", count: 2 }],
])("%i s are said roughly", (seconds, said) => {
  expect(roughTime(seconds)).toEqual(said);
});

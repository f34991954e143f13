import { expect, test } from "vitest";
import type { FolderRole, RemoteFolder } from "../protocol/mail-source.ts";
import { pairFolders, type NamedFolder } from "./pair-folders.ts";

const known = (path: string, role: string | null = null): NamedFolder => {
  const at = path.lastIndexOf("/");
  return { path, role, name: path.slice(at + 1), parentPath: at < 0 ? null : path.slice(0, at) };
};

const listed = (
  path: string,
  name: string,
  parentPath: string | null = null,
  role: FolderRole | null = null,
): RemoteFolder => ({
  path,
  name,
  parentPath,
  role,
  delimiter: null,
  selectable: true,
  kind: "mail",
  messages: 0,
});

const pairsOf = (all: NamedFolder[], remote: RemoteFolder[]) => {
  const { pairs, left } = pairFolders(all, remote);
  return {
    pairs: pairs.map((pair) => [pair.known.path, pair.remote.path]),
    left: left.map(({ path }) => path),
  };
};

test("a role tells, whatever each transport calls the folder", () => {
  const imap = [known("INBOX", "inbox"), known("Deleted", "trash"), known("Gesendete Elemente", "sent")];
  const graph = [
    listed("id-t", "Deleted Items", null, "trash"),
    listed("id-s", "Sent Items", null, "sent"),
    listed("id-i", "Inbox", null, "inbox"),
  ];
  expect(pairsOf(imap, graph)).toEqual({
    pairs: [
      ["INBOX", "id-i"],
      ["Deleted", "id-t"],
      ["Gesendete Elemente", "id-s"],
    ],
    left: [],
  });
});

test("a name tells where it stands under the same folders", () => {
  const imap = [
    known("INBOX", "inbox"),
    known("INBOX/Orders"),
    known("Orders"),
    known("Orders/Übrig"),
    known("Gone"),
  ];
  const graph = [
    listed("1", "Inbox", null, "inbox"),
    listed("2", "orders", "1"),
    listed("3", "Orders"),
    listed("4", "U\u0308brig", "3"),
    listed("5", "Elsewhere"),
  ];
  expect(pairsOf(imap, graph)).toEqual({
    pairs: [
      ["INBOX", "1"],
      ["INBOX/Orders", "2"],
      ["Orders", "3"],
      ["Orders/Übrig", "4"],
    ],
    left: ["Gone"],
  });
});

test("no folder is paired twice, and one that names itself as its parent ends the climb", () => {
  const { pairs, left } = pairsOf(
    [known("A"), known("B", "archive")],
    [listed("x", "a"), listed("y", "y", "y")],
  );
  expect(pairs).toEqual([["A", "x"]]);
  expect(left).toEqual(["B"]);
});

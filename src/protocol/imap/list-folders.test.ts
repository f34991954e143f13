import type { ListResponse } from "imapflow";
import { describe, expect, test } from "vitest";
import { kindByPath } from "./folder-names.ts";
import { toRemoteFolders } from "./list-folders.ts";

const entry = (path: string, more: Partial<ListResponse> = {}): ListResponse => {
  const parent = path.split("/");
  const name = parent.pop() ?? "";
  return {
    path,
    pathAsListed: path,
    name,
    delimiter: "/",
    parent,
    parentPath: parent.join("/"),
    flags: new Set(),
    listed: true,
    subscribed: true,
    ...more,
  };
};

const rolesOf = (entries: ListResponse[]) =>
  Object.fromEntries(toRemoteFolders(entries).map(({ path, role }) => [path, role]));

describe("roles", () => {
  test.each<[language: string, names: string[]]>([
    ["Outlook.com", ["Sent", "Deleted", "Junk", "Drafts", "Archive"]],
    ["German Outlook", ["Gesendete Elemente", "Gelöschte Elemente", "Junk-E-Mail", "Entwürfe", "Archiv"]],
    [
      "French Outlook",
      ["Éléments envoyés", "Éléments supprimés", "Courrier indésirable", "Brouillons", "Archive"],
    ],
    [
      "Spanish Outlook",
      ["Elementos enviados", "Elementos eliminados", "Correo no deseado", "Borradores", "Archivo"],
    ],
    ["Chinese Outlook", ["已发送邮件", "已删除邮件", "垃圾邮件", "草稿", "存档"]],
    ["Japanese Outlook", ["送信済みアイテム", "削除済みアイテム", "迷惑メール", "下書き", "アーカイブ"]],
  ])("%s by name", (_language, names) => {
    const roles = rolesOf([entry("INBOX"), ...names.map((name) => entry(name))]);
    expect(Object.values(roles)).toEqual(["inbox", "sent", "trash", "junk", "drafts", "archive"]);
  });

  test("the server's word goes before a name, and a role stands once, at the folder least deep", () => {
    const roles = rolesOf([
      entry("Old/Sent"),
      entry("Sent"),
      entry("Versendet", { specialUse: "\\Sent", specialUseSource: "extension" }),
      entry("a/Trash"),
      entry("Trash"),
    ]);
    expect(roles).toEqual({
      "Old/Sent": null,
      Sent: null,
      Versendet: "sent",
      "a/Trash": null,
      Trash: "trash",
    });
  });

  test("what a person named is not taken for a role; what cannot be opened has none", () => {
    expect(rolesOf([entry("Sent to clients"), entry("Sent", { flags: new Set(["\\Noselect"]) })])).toEqual({
      "Sent to clients": null,
      Sent: null,
    });
  });
});

test.each([
  "Calendar",
  "Kalender",
  "联系人",
  "Tâches",
  "Journal",
  "Outbox",
  "RSS Feeds",
  "Conversation History",
  "Sync Issues/Conflicts",
  "Calendar/Birthdays",
  "日历",
])("%s holds no mail", (path) => expect(kindByPath(path, "/")).toBe("other"));

test.each(["INBOX", "Projects", "Customers/Notes from Ann", "Sent", "Calendars of 2020"])(
  "%s holds mail",
  (path) => expect(kindByPath(path, "/")).toBe("mail"),
);

test("a server with SPECIAL-USE keeps mail in every folder, whatever its name", () => {
  const entries = ["Notes", "Calendar"].map((path) => entry(path));
  const kinds = (options = {}) => toRemoteFolders(entries, options).map(({ kind }) => kind);
  expect(kinds()).toEqual(["other", "other"]);
  expect(kinds({ mailAlone: true })).toEqual(["mail", "mail"]);
});

test("a folder whose path cannot be kept is left out, and keeps no other away", () => {
  const paths = ["INBOX", "a\0b", "", "漢".repeat(700), "Work"];
  expect(toRemoteFolders(paths.map((path) => entry(path))).map(({ path }) => path)).toEqual([
    "INBOX",
    "Work",
  ]);
});

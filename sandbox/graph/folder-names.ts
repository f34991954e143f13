/** Outlook's names of its own folders: the well-known ones of Graph's addresses, and those it shows. */
import type { FolderRole } from "../mail/store/folder-names.ts";

/** https://learn.microsoft.com/graph/api/resources/mailfolder */
export const wellKnownRoles: Record<string, FolderRole | "root" | null> = {
  archive: "archive",
  conversationhistory: "history",
  deleteditems: "trash",
  drafts: "drafts",
  inbox: "inbox",
  junkemail: "junk",
  msgfolderroot: "root",
  outbox: "outbox",
  sentitems: "sent",
  // Known names of folders that these mailboxes do not have.
  clutter: null,
  conflicts: null,
  localfailures: null,
  recoverableitemsdeletions: null,
  scheduled: null,
  searchfolders: null,
  serverfailures: null,
  syncissues: null,
};

/** Folders of other things than mail are none of /mailFolders. */
export const mailRoles = new Set<FolderRole>([
  "inbox",
  "drafts",
  "sent",
  "trash",
  "junk",
  "archive",
  "outbox",
  "history",
  "user",
]);

type Shown = Partial<Record<FolderRole, string>> & { root: string };

/** Where what Graph shows differs from the name over IMAP. */
const shownNames: Record<string, Shown> = {
  en: {
    inbox: "Inbox",
    sent: "Sent Items",
    trash: "Deleted Items",
    junk: "Junk Email",
    root: "Top of Information Store",
  },
  de: { inbox: "Posteingang", root: "Oberste Ebene des Informationsspeichers" },
  zh: { inbox: "收件箱", root: "信息存储顶部" },
  ja: { inbox: "受信トレイ", root: "インフォメーション ストアの先頭" },
  ar: { inbox: "علبة الوارد", root: "أعلى مخزن المعلومات" },
};

/** Undefined: the name it has. */
export function shownName(language: string, role: FolderRole | "root"): string | undefined {
  return (shownNames[language] ?? shownNames["en"])?.[role];
}

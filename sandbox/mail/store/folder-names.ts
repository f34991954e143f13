/**
 * The folders a new Outlook.com mailbox has, in the language of its owner. Outlook names them in
 * that language over IMAP too, and not every mailbox carries the attributes of RFC 6154: the
 * English ones here do for some folders, the localized ones do not, so clients meet both.
 */

export type FolderRole =
  | "inbox"
  | "drafts"
  | "sent"
  | "trash"
  | "junk"
  | "archive"
  | "notes"
  | "outbox"
  | "calendar"
  | "contacts"
  | "tasks"
  | "journal"
  | "history"
  | "user";

export type DefaultFolder = { role: FolderRole; name: string; attributes: string[] };

type Names = Record<Exclude<FolderRole, "inbox" | "user">, string>;

const english: Names = {
  drafts: "Drafts",
  sent: "Sent",
  trash: "Deleted",
  junk: "Junk",
  archive: "Archive",
  notes: "Notes",
  outbox: "Outbox",
  calendar: "Calendar",
  contacts: "Contacts",
  tasks: "Tasks",
  journal: "Journal",
  history: "Conversation History",
};

const german: Names = {
  drafts: "Entwürfe",
  sent: "Gesendete Elemente",
  trash: "Gelöschte Elemente",
  junk: "Junk-E-Mail",
  archive: "Archiv",
  notes: "Notizen",
  outbox: "Postausgang",
  calendar: "Kalender",
  contacts: "Kontakte",
  tasks: "Aufgaben",
  journal: "Journal",
  history: "Aufgezeichnete Unterhaltungen",
};

const chinese: Names = {
  drafts: "草稿",
  sent: "已发送邮件",
  trash: "已删除邮件",
  junk: "垃圾邮件",
  archive: "存档",
  notes: "便笺",
  outbox: "发件箱",
  calendar: "日历",
  contacts: "联系人",
  tasks: "任务",
  journal: "日记",
  history: "对话历史记录",
};

const japanese: Names = {
  drafts: "下書き",
  sent: "送信済みアイテム",
  trash: "削除済みアイテム",
  junk: "迷惑メール",
  archive: "アーカイブ",
  notes: "メモ",
  outbox: "送信トレイ",
  calendar: "予定表",
  contacts: "連絡先",
  tasks: "タスク",
  journal: "履歴",
  history: "会話の履歴",
};

const arabic: Names = {
  drafts: "المسودات",
  sent: "العناصر المرسلة",
  trash: "العناصر المحذوفة",
  junk: "البريد الإلكتروني غير الهام",
  archive: "الأرشيف",
  notes: "الملاحظات",
  outbox: "علبة الصادر",
  calendar: "التقويم",
  contacts: "جهات الاتصال",
  tasks: "المهام",
  journal: "دفتر اليومية",
  history: "محفوظات المحادثات",
};

const byLanguage: Record<string, Names> = {
  en: english,
  de: german,
  zh: chinese,
  ja: japanese,
  ar: arabic,
};

const englishAttributes: Partial<Record<FolderRole, string>> = {
  drafts: "\\Drafts",
  sent: "\\Sent",
  trash: "\\Trash",
  junk: "\\Junk",
};

/** The folders of a new mailbox; an unknown language gets the English names. */
export function defaultFolders(language: string): DefaultFolder[] {
  const names = byLanguage[language] ?? english;
  const others = (Object.keys(names) as (keyof Names)[]).map((role) => {
    const attribute = names === english ? englishAttributes[role] : undefined;
    return { role, name: names[role], attributes: attribute ? [attribute] : [] };
  });
  return [{ role: "inbox", name: "Inbox", attributes: [] }, ...others];
}

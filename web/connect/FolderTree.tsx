/** The folders as a list of checkboxes, indented as they lie in the mailbox, with what the server counts in them. */
import {
  Archive,
  FileText,
  Folder as FolderIcon,
  Inbox,
  Send,
  ShieldAlert,
  Trash2,
  type LucideIcon,
} from "lucide-react";
import type { Folder } from "../api/gen/model/index.ts";
import { count } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { Checkbox } from "../ui/Choice.tsx";
import { cx } from "../ui/class-names.ts";
import { choosable, folderLines, troubled } from "./folder-tree.ts";

const icons: Record<string, LucideIcon> = {
  inbox: Inbox,
  sent: Send,
  drafts: FileText,
  junk: ShieldAlert,
  trash: Trash2,
  archive: Archive,
};

interface FolderTreeProps {
  folders: readonly Folder[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  disabled?: boolean;
}

export function FolderTree({ folders, chosen, onChange, disabled = false }: FolderTreeProps) {
  const { t, locale } = useTexts();
  const toggle = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    onChange(next);
  };
  return (
    <ul
      aria-label={t("connect.folders.label")}
      className="max-h-[440px] divide-y divide-line/60 overflow-y-auto rounded-m border border-line bg-sheet py-1"
    >
      {folderLines(folders, locale).map(({ folder, depth }) => (
        <FolderRow
          key={folder.id}
          folder={folder}
          depth={depth}
          checked={chosen.has(folder.id)}
          disabled={disabled}
          onChange={(on) => toggle(folder.id, on)}
        />
      ))}
    </ul>
  );
}

const roles = ["inbox", "sent", "drafts", "junk", "trash", "archive"] as const;
type Role = (typeof roles)[number];
const roleOf = (folder: Folder): Role | null => roles.find((role) => role === folder.role) ?? null;

function FolderRow({
  folder,
  depth,
  checked,
  disabled,
  onChange,
}: {
  folder: Folder;
  depth: number;
  checked: boolean;
  disabled: boolean;
  onChange: (on: boolean) => void;
}) {
  const { t, locale } = useTexts();
  const able = choosable(folder);
  const role = roleOf(folder);
  const Icon = icons[role ?? ""] ?? FolderIcon;
  const roleName = role === null ? "" : t(`connect.folders.role.${role}`);
  /** IMAP calls it INBOX in every language (RFC 9051 5.1). */
  const name = role === "inbox" && folder.name === "INBOX" ? roleName : folder.name;
  return (
    <li
      className="flex items-center gap-3 py-[7px] pr-4 hover:bg-raise/50 touch:py-2.5"
      style={{ paddingLeft: 16 + depth * 20 }}
    >
      <Checkbox
        className="min-w-0 flex-1"
        checked={able && checked}
        disabled={!able || disabled}
        onChange={onChange}
        label={
          <span className={cx("flex min-w-0 items-center gap-2", !able && "text-ink-3")}>
            <Icon size={15} strokeWidth={1.7} className="shrink-0 text-ink-3" aria-hidden />
            <span className="min-w-0 truncate">{name}</span>
            {roleName !== "" && roleName.toLocaleLowerCase(locale) !== name.toLocaleLowerCase(locale) && (
              <span className="shrink-0 text-s text-ink-3">{roleName}</span>
            )}
          </span>
        }
      />
      <Corner folder={folder} />
    </li>
  );
}

/** How many messages, or why none can be had. */
function Corner({ folder }: { folder: Folder }) {
  const { t, locale } = useTexts();
  if (troubled(folder))
    return <span className="shrink-0 text-s text-warn">{t("connect.folders.troubled")}</span>;
  return (
    <span className="shrink-0 text-s text-ink-3 tabular-nums">
      {folder.kind === "other" && t("connect.folders.notMail")}
      {folder.kind === "mail" && !folder.selectable && t("connect.folders.notSelectable")}
      {choosable(folder) && folder.messages !== null && (
        <Messages value={folder.messages} formatted={count(folder.messages, locale)} />
      )}
    </span>
  );
}

/** The number for the eye, "12 messages" for the ear. */
function Messages({ value, formatted }: { value: number; formatted: string }) {
  const { t } = useTexts();
  return (
    <>
      <span aria-hidden>{formatted}</span>
      <span className="sr-only">{t("connect.folders.messages", { count: value, formatted })}</span>
    </>
  );
}

/** Above the list: its name and the search; while rows are selected, what can be done with them. */
import { useNavigate } from "@tanstack/react-router";
import { CheckCheck, ChevronDown, Clock, MailOpen, Search, UserRound, X } from "lucide-react";
import { useEffect, useRef, useState, type Ref } from "react";
import type { View } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { MenuButton } from "../app/MenuButton.tsx";
import type { ListScope } from "../app/query-keys.ts";
import { IconButton } from "../ui/Button.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import { Menu } from "../ui/Menu.tsx";

/** A pause in typing after which is searched, in ms. */
const searchPauseMs = 250;

interface ListHeaderProps {
  scope: ListScope;
  title: string;
  searchRef: Ref<HTMLInputElement>;
  /** From the search down into the list. */
  onDown: () => void;
}

export function ListHeader({ scope, title, searchRef, onDown }: ListHeaderProps) {
  return (
    <div className="flex h-13 shrink-0 items-center gap-1.5 border-b border-line px-3">
      <MenuButton className="-ml-1.5" />
      <SearchBox
        key={`${scope.view}:${scope.mailbox ?? ""}`}
        scope={scope}
        title={title}
        onDown={onDown}
        ref={searchRef}
      />
      {scope.mailbox !== undefined && <ViewMenu scope={scope} />}
    </div>
  );
}

interface SearchBoxProps {
  scope: ListScope;
  title: string;
  onDown: () => void;
  ref: Ref<HTMLInputElement>;
}

function SearchBox({ scope, title, onDown, ref }: SearchBoxProps) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [text, setText] = useState(scope.q ?? "");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const pending = timer;
    return () => clearTimeout(pending.current);
  }, []);
  const search = (q: string) => {
    clearTimeout(timer.current);
    const trimmed = q.trim();
    void navigate({
      to: "/inbox/$view",
      params: { view: scope.view },
      search: { mailbox: scope.mailbox, q: trimmed === "" ? undefined : trimmed },
      replace: scope.q !== undefined,
    });
  };
  const type = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(value), searchPauseMs);
  };
  const clear = () => {
    setText("");
    search("");
  };
  return (
    <search className="group relative min-w-0 flex-1">
      <Search
        size={15}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3"
      />
      <input
        ref={ref}
        type="search"
        value={text}
        aria-label={t("inbox.list.searchIn", { name: title })}
        placeholder={t("inbox.list.searchIn", { name: title })}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter") search(text);
          if (event.key === "ArrowDown") {
            event.preventDefault();
            event.currentTarget.blur();
            onDown();
          }
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (text === "") event.currentTarget.blur();
          else clear();
        }}
        className="h-8 w-full rounded-s border border-transparent bg-raise pr-8 pl-8 text-s outline-none placeholder:truncate focus:border-accent focus:bg-sheet touch:h-10 phone:text-l [&::-webkit-search-cancel-button]:hidden"
      />
      <span className="absolute top-1/2 right-1.5 -translate-y-1/2">
        {text === "" ? (
          <span className="pr-1 group-focus-within:hidden">
            <Kbd keys="/" />
          </span>
        ) : (
          <button
            type="button"
            aria-label={t("inbox.list.clear")}
            onClick={clear}
            className="grid size-6 place-items-center rounded-s text-ink-3 hover:text-ink"
          >
            <X size={14} />
          </button>
        )}
      </span>
    </search>
  );
}

const statuses: View[] = ["open", "mine", "unassigned", "snoozed", "closed", "all"];

/** Within one mailbox: which of its conversations. */
function ViewMenu({ scope }: { scope: ListScope }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  return (
    <Menu
      align="end"
      items={statuses.map((view) => ({
        id: view,
        label: t(`inbox.views.${view}`),
        checked: scope.view === view,
        onSelect: () =>
          void navigate({
            to: "/inbox/$view",
            params: { view },
            search: { mailbox: scope.mailbox, q: scope.q },
          }),
      }))}
      trigger={
        <button
          type="button"
          className="flex h-8 items-center gap-1 rounded-s px-2 text-s font-medium text-ink-2 hover:bg-raise touch:h-10"
        >
          {t(`inbox.views.${scope.view as View}`)}
          <ChevronDown size={14} aria-hidden />
        </button>
      }
    />
  );
}

interface SelectionBarProps {
  count: number;
  onClose: () => void;
  onSnooze: () => void;
  onTake: () => void;
  onRead: () => void;
  onClear: () => void;
}

export function SelectionBar({ count, onClose, onSnooze, onTake, onRead, onClear }: SelectionBarProps) {
  const { t } = useTexts();
  return (
    <div
      role="toolbar"
      aria-label={t("inbox.list.selected", { count })}
      className="flex h-13 shrink-0 items-center gap-0.5 border-b border-line bg-accent-soft px-3"
    >
      <span className="mr-auto pl-1 text-s font-medium tabular-nums">
        {t("inbox.list.selected", { count })}
      </span>
      <IconButton label={t("inbox.thread.closeIt")} keys="e" onClick={onClose}>
        <CheckCheck size={16} />
      </IconButton>
      <IconButton label={t("inbox.thread.snoozeMenu.tomorrow")} keys="h" onClick={onSnooze}>
        <Clock size={16} />
      </IconButton>
      <IconButton label={t("inbox.thread.assignToMe")} keys="i" onClick={onTake}>
        <UserRound size={16} />
      </IconButton>
      <IconButton label={t("inbox.commands.unread")} keys="u" onClick={onRead}>
        <MailOpen size={16} />
      </IconButton>
      <IconButton label={t("inbox.list.clearSelection")} keys="escape" onClick={onClear}>
        <X size={16} />
      </IconButton>
    </div>
  );
}

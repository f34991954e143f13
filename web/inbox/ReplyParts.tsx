/** Parts of the reply: whom it goes to, whether the draft is kept, the ways to send. */
import { ChevronDown, ChevronUp } from "lucide-react";
import { useState } from "react";
import type { MailAddress, ReplyTargets } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { Menu } from "../ui/Menu.tsx";
import { personName } from "./people.ts";
import { Recipients } from "./Recipients.tsx";
import type { ReplyState } from "./reply-state.ts";
import type { DraftSaving } from "./draft-keeper.ts";

interface ReplyHeadProps {
  state: ReplyState;
  targets: ReplyTargets;
  onChange: (people: Partial<Pick<ReplyState, "to" | "cc" | "bcc">>) => void;
  onFold: () => void;
}

const names = (people: readonly MailAddress[]): string => people.map(personName).join(", ");

export function ReplyHead({ state, targets, onChange, onFold }: ReplyHeadProps) {
  const { t } = useTexts();
  const [editing, setEditing] = useState(state.to.length === 0);
  return (
    <div className="flex items-start gap-2 border-b border-line py-1.5 pr-2 pl-3.5 text-s">
      {editing ? (
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          <Recipients
            label={t("inbox.thread.toLabel")}
            people={state.to}
            onChange={(to) => onChange({ to })}
          />
          <Recipients
            label={t("inbox.thread.ccLabel")}
            people={state.cc}
            onChange={(cc) => onChange({ cc })}
          />
          <Recipients
            label={t("inbox.thread.bccLabel")}
            people={state.bcc}
            onChange={(bcc) => onChange({ bcc })}
          />
        </div>
      ) : (
        <button
          type="button"
          title={t("inbox.composer.add")}
          onClick={() => setEditing(true)}
          className="flex min-w-0 flex-1 items-center gap-1.5 py-1 text-left text-ink-2 hover:text-ink"
        >
          <span className="min-w-0 truncate">
            {t("inbox.composer.replyTo", { names: names([...state.to, ...state.cc, ...state.bcc]) })}
          </span>
          <ChevronDown size={13} aria-hidden className="shrink-0 text-ink-3" />
        </button>
      )}
      {!editing && (
        <span className="max-w-[45%] truncate py-1 text-ink-3 phone:hidden">
          {t("inbox.composer.from", { address: targets.fromAddress })}
        </span>
      )}
      <IconButton size="s" label={t("inbox.composer.minimise")} keys="escape" onClick={onFold}>
        <ChevronDown size={16} />
      </IconButton>
    </div>
  );
}

export function DraftNote({ saving }: { saving: DraftSaving }) {
  const { t } = useTexts();
  const text = {
    idle: "",
    saving: t("inbox.composer.saving"),
    saved: t("inbox.composer.saved"),
    failed: t("inbox.composer.notSaved"),
  }[saving];
  return (
    <output
      className={cx(
        "min-w-0 flex-1 truncate px-1.5 text-right text-xs",
        saving === "failed" ? "text-bad" : "text-ink-3",
      )}
    >
      {text}
    </output>
  );
}

export function SendButtons({ sending, onSend }: { sending: boolean; onSend: (close: boolean) => void }) {
  const { t } = useTexts();
  return (
    <div className="ml-auto flex phone:w-full phone:pt-1 phone:[&>button:first-child]:flex-1">
      <Button
        tone="primary"
        keys="mod+enter"
        busy={sending}
        onClick={() => onSend(true)}
        className="rounded-r-none!"
      >
        {t("inbox.composer.sendClose")}
      </Button>
      <Menu
        side="top"
        align="end"
        items={[
          {
            id: "send-close",
            label: t("inbox.composer.sendClose"),
            keys: "mod+enter",
            onSelect: () => onSend(true),
          },
          {
            id: "send",
            label: t("inbox.composer.send"),
            keys: "mod+shift+enter",
            onSelect: () => onSend(false),
          },
        ]}
        trigger={
          <Button
            tone="primary"
            aria-label={t("inbox.composer.moreSend")}
            disabled={sending}
            className="rounded-l-none! border-l-on-accent/25! px-2!"
          >
            <ChevronUp size={15} />
          </Button>
        }
      />
    </div>
  );
}

/** What was looked at, with how it stands; a state is told by its sign and its word, never by colour alone. */
import { Check, CircleHelp, TriangleAlert, X, type LucideIcon } from "lucide-react";
import type { MicrosoftAppCheckChecksItem } from "../../api/gen/model/index.ts";
import { useTexts } from "../../app/i18n.ts";
import { cx } from "../../ui/class-names.ts";

type State = MicrosoftAppCheckChecksItem["state"];

const looks: Record<State, { icon: LucideIcon; className: string }> = {
  ok: { icon: Check, className: "text-good" },
  failed: { icon: X, className: "text-bad" },
  warning: { icon: TriangleAlert, className: "text-warn" },
  unknown: { icon: CircleHelp, className: "text-ink-3" },
};

export function Checks({ checks }: { checks: MicrosoftAppCheckChecksItem[] }) {
  const { t } = useTexts();
  return (
    <ul className="mt-3 grid grid-cols-2 gap-x-6 gap-y-1.5 phone:grid-cols-1">
      {checks.map(({ id, state }) => {
        const { icon: Icon, className } = looks[state];
        return (
          <li key={id} data-check={id} data-state={state} className="flex items-center gap-2">
            <Icon size={15} strokeWidth={2.2} aria-hidden className={cx("shrink-0", className)} />
            <span className="min-w-0 truncate">{t(`apps.checks.${id}`)}</span>
            <span className="ml-auto text-s whitespace-nowrap text-ink-3">{t(`apps.state.${state}`)}</span>
          </li>
        );
      })}
    </ul>
  );
}

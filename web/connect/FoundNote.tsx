/** Where the servers in the form come from. */
import { Search } from "lucide-react";
import { useTexts } from "../app/i18n.ts";
import { Busy } from "../ui/Button.tsx";
import type { AskedSettings } from "./use-found-settings.ts";

export function FoundNote({ asked: { domain, looking, found } }: { asked: AskedSettings }) {
  const { t } = useTexts();
  if (!looking && found === null) return null;
  return (
    <p aria-live="polite" className="flex items-center gap-2 text-s text-ink-2 text-pretty">
      {looking ? <Busy /> : <Search size={14} aria-hidden className="shrink-0 text-ink-3" />}
      <span className="min-w-0 wrap-anywhere">
        {found === null || looking
          ? t("connect.password.looking", { domain })
          : t(`connect.password.found.${wordOf(found)}`, { from: found.from })}
      </span>
    </p>
  );
}

const wordOf = ({ source, reachable }: NonNullable<AskedSettings["found"]>) => {
  if (source === "provider") return "mx";
  return reachable === false ? "silent" : source;
};

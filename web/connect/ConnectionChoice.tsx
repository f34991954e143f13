/** How mail shall come: by itself, unless somebody unfolds this and says it. */
import { ChevronRight } from "lucide-react";
import { useTexts } from "../app/i18n.ts";
import { TransportOption } from "./TransportOption.tsx";
import { waysIn, type WayIn } from "./way-in.ts";

interface ConnectionChoiceProps {
  value: WayIn;
  onChange: (way: WayIn) => void;
}

export function ConnectionChoice({ value, onChange }: ConnectionChoiceProps) {
  const { t } = useTexts();
  return (
    <details className="group mt-2.5 rounded-m border border-line bg-sheet">
      <summary className="flex items-center gap-2 px-4 py-3 select-none touch:min-h-8">
        <ChevronRight size={15} className="shrink-0 transition-transform group-open:rotate-90" aria-hidden />
        <span className="shrink-0 font-medium">{t("connect.method.connection")}</span>
        <span className="ml-auto min-w-0 truncate text-s text-ink-3">
          {t(`mailboxes.transport.name.${value}`)}
        </span>
      </summary>
      <fieldset className="divide-y divide-line border-t border-line">
        <legend className="sr-only">{t("mailboxes.transport.title")}</legend>
        {waysIn.map((way) => (
          <TransportOption key={way} way={way} chosen={way === value} onChoose={() => onChange(way)} />
        ))}
      </fieldset>
    </details>
  );
}

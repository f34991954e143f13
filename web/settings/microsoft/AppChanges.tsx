/** Who changed an app and when; read when it is opened. Values are not kept, and so not shown. */
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { listAppLog } from "../../api/gen/client.ts";
import type { MicrosoftAppLogEntry } from "../../api/gen/model/index.ts";
import { now } from "../../app/clock.ts";
import { momentText } from "../../app/format.ts";
import { useTexts, type Translate } from "../../app/i18n.ts";
import { queryKeys } from "../../app/query-keys.ts";
import { SkeletonText } from "../../ui/Skeleton.tsx";

export function AppChanges({ id }: { id: string }) {
  const { t, locale } = useTexts();
  const [open, setOpen] = useState(false);
  const { data } = useQuery({
    queryKey: [...queryKeys.apps, id, "log"],
    queryFn: () => listAppLog(id),
    enabled: open,
  });
  return (
    <details className="group mt-4 text-s text-ink-2" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex w-fit items-center gap-1 rounded-xs select-none touch:min-h-10">
        <ChevronRight size={15} className="transition-transform group-open:rotate-90" aria-hidden />
        {t("apps.changes")}
      </summary>
      {data === undefined ? (
        <SkeletonText lines={2} />
      ) : (
        <ul className="mt-2 grid gap-1">
          {data.items.map((entry) => (
            <li key={entry.at} className="flex flex-wrap gap-x-3">
              <span className="min-w-0 flex-1 basis-40 wrap-anywhere">{sentence(entry, t)}</span>
              <time dateTime={entry.at} className="text-ink-3">
                {momentText(entry.at, now(), locale)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

const sentence = ({ what, by, fields }: MicrosoftAppLogEntry, t: Translate): string =>
  t(`apps.change.${what}`, {
    by,
    fields: fields.map((field) => t(`apps.field.${field}` as "apps.field.name")).join(", "),
  });

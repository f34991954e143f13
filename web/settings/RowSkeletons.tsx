/** Lines of a list while they are read. */
import { useTexts } from "../app/i18n.ts";
import { Panel, PanelRow } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

export function RowSkeletons({ rows }: { rows: number }) {
  const { t } = useTexts();
  return (
    <Panel>
      <span className="sr-only">{t("app.loading")}</span>
      {Array.from({ length: rows }, (_, row) => (
        <PanelRow key={row}>
          <Skeleton className="size-7 rounded-full!" />
          <Skeleton className="h-4 w-1/2" />
        </PanelRow>
      ))}
    </Panel>
  );
}

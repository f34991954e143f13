/** What a connection link is for, and the way to the provider. */
import { useTexts } from "../app/i18n.ts";
import { Column } from "../ui/Panel.tsx";

export function LinkPage() {
  const { t } = useTexts();
  return (
    <main className="h-full overflow-y-auto">
      <Column>
        <h1 className="text-xl font-semibold tracking-[-0.02em]">{t("connect.linkTitle")}</h1>
      </Column>
    </main>
  );
}

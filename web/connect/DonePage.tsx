/** The end of a connection link for a person who is no member of the workspace. */
import { useTexts } from "../app/i18n.ts";
import { Column } from "../ui/Panel.tsx";

export function DonePage() {
  const { t } = useTexts();
  return (
    <main className="h-full overflow-y-auto">
      <Column>
        <h1 className="text-xl font-semibold tracking-[-0.02em]">{t("connect.doneTitle")}</h1>
      </Column>
    </main>
  );
}

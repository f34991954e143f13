/** Settings of the person, the workspace and its people. */
import { useTexts } from "../app/i18n.ts";
import { Column } from "../ui/Panel.tsx";

export function SettingsPage() {
  const { t } = useTexts();
  return (
    <main className="h-full overflow-y-auto">
      <Column>
        <h1 className="text-xl font-semibold tracking-[-0.02em]">{t("settings.title")}</h1>
      </Column>
    </main>
  );
}

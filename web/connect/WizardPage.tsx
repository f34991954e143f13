/** Connecting a mailbox, step by step. */
import { useTexts } from "../app/i18n.ts";
import { Column } from "../ui/Panel.tsx";

export function WizardPage() {
  const { t } = useTexts();
  return (
    <main className="h-full overflow-y-auto">
      <Column>
        <h1 className="text-xl font-semibold tracking-[-0.02em]">{t("connect.title")}</h1>
      </Column>
    </main>
  );
}

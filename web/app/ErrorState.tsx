/** A part of the screen that could not be loaded: says why, offers the next try. */
import { CloudOff } from "lucide-react";
import { Button } from "../ui/Button.tsx";
import { EmptyState } from "../ui/Panel.tsx";
import { errorText } from "./error-text.ts";
import { useTexts } from "./i18n.ts";

export function ErrorState({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTexts();
  return (
    <div role="alert" className="h-full">
      <EmptyState
        icon={<CloudOff size={22} strokeWidth={1.6} />}
        title={t("app.error.title")}
        action={<Button onClick={onRetry}>{t("app.retry")}</Button>}
      >
        {errorText(error, t)}
      </EmptyState>
    </div>
  );
}

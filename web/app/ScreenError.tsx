/** The screens of last resort: a screen that broke, and an address that leads nowhere. */
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { buttonClass } from "../ui/Button.tsx";
import { EmptyState } from "../ui/Panel.tsx";
import { ErrorState } from "./ErrorState.tsx";
import { useTexts } from "./i18n.ts";

export function ScreenError({ error }: ErrorComponentProps) {
  return (
    <main className="h-full">
      <ErrorState error={error} onRetry={() => window.location.reload()} />
    </main>
  );
}

export function NotFound() {
  return (
    <main className="h-full">
      <Nothing />
    </main>
  );
}

/** The same as a part of a screen. */
export function Nothing() {
  const { t } = useTexts();
  return (
    <EmptyState
      icon={<Compass size={22} strokeWidth={1.6} />}
      title={t("app.notFound.title")}
      action={
        <Link to="/" className={buttonClass()}>
          {t("app.notFound.home")}
        </Link>
      }
    >
      {t("app.notFound.text")}
    </EmptyState>
  );
}

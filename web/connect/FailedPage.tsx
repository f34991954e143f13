/** A sign-in came back that fits nothing here: what happened, and the one way on. */
import { Link, useSearch } from "@tanstack/react-router";
import { useTexts } from "../app/i18n.ts";
import { buttonClass } from "../ui/Button.tsx";
import { PageHead, PlainPage } from "./WizardFrame.tsx";

export function FailedPage() {
  const { t } = useTexts();
  const { reason } = useSearch({ from: "/connect/failed" });
  const stale = reason === "stale";
  return (
    <PlainPage>
      <PageHead title={t(stale ? "connect.failed.staleTitle" : "connect.failed.unexpectedTitle")}>
        {t(stale ? "connect.failed.staleText" : "connect.failed.unexpectedText")}
      </PageHead>
      <Link to="/connect/new" search={{}} className={`${buttonClass("primary", "l")} mt-6`}>
        {t("connect.failed.button")}
      </Link>
    </PlainPage>
  );
}

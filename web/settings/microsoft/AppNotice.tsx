/** A line above every screen while a Microsoft app is in trouble, or its secret is about to expire: for owners and admins. */
import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useTexts } from "../../app/i18n.ts";
import { useMember } from "../../app/session.ts";
import { buttonClass } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Panel.tsx";
import { appsQuery } from "./queries.ts";
import { urgentFinding } from "./urgent.ts";

export function AppNotice() {
  const { t, language } = useTexts();
  const may = useMember().role !== "agent";
  const { data } = useQuery({ ...appsQuery(language), enabled: may });
  const here = useRouterState({ select: (state) => state.location.pathname });
  const urgent = urgentFinding(data?.items ?? []);
  if (!may || urgent === null || here === "/settings/microsoft") return null;
  return (
    <Notice
      tone={urgent.severity === "blocking" ? "bad" : "warn"}
      icon={<TriangleAlert size={15} aria-hidden />}
      className="rounded-none! px-4"
      actions={
        <Link
          to="/settings/{-$section}"
          params={{ section: "microsoft" }}
          className={buttonClass("plain", "s")}
        >
          {t("app.microsoftApp.open")}
        </Link>
      }
    >
      {t("app.microsoftApp.title", { what: urgent.title })}
    </Notice>
  );
}

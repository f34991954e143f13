/** Settings, one section an address: person, mailboxes, Microsoft app, team, workspace, API keys. */
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTexts } from "../app/i18n.ts";
import { MenuButton } from "../app/MenuButton.tsx";
import { useMember } from "../app/session.ts";
import { cx } from "../ui/class-names.ts";
import { ApiKeys } from "./ApiKeys.tsx";
import { Mailboxes } from "./Mailboxes.tsx";
import { MicrosoftApps } from "./microsoft/MicrosoftApps.tsx";
import { Profile } from "./Profile.tsx";
import { Team } from "./Team.tsx";
import { WorkspaceSettings } from "./WorkspaceSettings.tsx";

const sections = ["profile", "mailboxes", "microsoft", "team", "workspace", "api"] as const;
type Section = (typeof sections)[number];

const screens: Record<Section, () => ReactNode> = {
  profile: () => <Profile />,
  mailboxes: () => <Mailboxes />,
  microsoft: () => <MicrosoftApps />,
  team: () => <Team />,
  workspace: () => <WorkspaceSettings />,
  api: () => <ApiKeys />,
};

const place = (current: boolean): string =>
  cx(
    "flex h-8 shrink-0 items-center rounded-s px-2.5 font-medium whitespace-nowrap transition-colors touch:h-10 phone:px-2 min-[900px]:-ml-2.5",
    current ? "bg-press/70 text-ink" : "text-ink-2 hover:bg-raise hover:text-ink",
  );

export function SettingsPage() {
  const { t } = useTexts();
  const { role } = useMember();
  const given = useParams({ from: "/shell/settings/{-$section}", select: (params) => params.section });
  const section = sections.find((name) => name === given) ?? "profile";
  const shown = sections.filter((name) => (name !== "api" && name !== "microsoft") || role !== "agent");
  return (
    <div className="h-full overflow-y-auto">
      <title>{`${t("settings.title")} · Hitchpost`}</title>
      <div className="mx-auto w-full max-w-[880px] px-6 pt-8 pb-16 phone:px-4 phone:pt-3">
        <MenuButton className="-ml-2 mb-2" />
        <h1 className="text-xl font-semibold tracking-[-0.02em]">{t("settings.title")}</h1>
        <div className="mt-6 flex gap-10 max-[900px]:flex-col max-[900px]:gap-6">
          <nav
            aria-label={t("settings.title")}
            className="flex w-40 shrink-0 flex-col gap-0.5 max-[900px]:-mx-2.5 max-[900px]:w-auto max-[900px]:flex-row max-[900px]:flex-wrap"
          >
            {shown.map((name) => (
              <Link
                key={name}
                to="/settings/{-$section}"
                params={{ section: name }}
                aria-current={name === section ? "page" : undefined}
                className={place(name === section)}
              >
                {t(`settings.sections.${name}`)}
              </Link>
            ))}
            <Link to="/explain" className={cx(place(false), "min-[900px]:mt-3")}>
              {t("app.explain")}
            </Link>
          </nav>
          <div className="min-w-0 flex-1">{screens[section]()}</div>
        </div>
      </div>
    </div>
  );
}

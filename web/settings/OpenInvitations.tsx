/** Invitations that nobody has taken yet. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { listInvitations, removeInvitation } from "../api/gen/client.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { Button } from "../ui/Button.tsx";
import { Panel, PanelRow } from "../ui/Panel.tsx";
import { Tag } from "../ui/Tag.tsx";
import { toasts } from "../ui/toast-store.ts";
import { SettingsSection } from "./SettingsSection.tsx";

export const invitationsKey = ["invitations"] as const;

export function OpenInvitations() {
  const { t, locale } = useTexts();
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: invitationsKey, queryFn: () => listInvitations() });
  const withdraw = useMutation({
    mutationFn: (id: string) => removeInvitation(id),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: invitationsKey }),
  });
  if (data === undefined || data.items.length === 0) return null;
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  return (
    <SettingsSection title={t("settings.team.open")}>
      <Panel>
        {data.items.map((invitation) => (
          <PanelRow key={invitation.id}>
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium">{invitation.email}</p>
              <p className="text-s text-ink-3">
                {t("settings.team.until", { when: day.format(new Date(invitation.expiresAt)) })}
              </p>
            </div>
            <Tag>{t(`settings.team.roles.${invitation.role}`)}</Tag>
            <Button
              size="s"
              tone="quiet"
              aria-label={t("settings.team.withdrawOf", { email: invitation.email })}
              busy={withdraw.isPending && withdraw.variables === invitation.id}
              onClick={() => withdraw.mutate(invitation.id)}
            >
              {t("settings.team.withdraw")}
            </Button>
          </PanelRow>
        ))}
      </Panel>
    </SettingsSection>
  );
}

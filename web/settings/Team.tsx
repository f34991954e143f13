/** The team: members with their roles, open invitations, inviting. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { UserMinus, UserPlus } from "lucide-react";
import { useState } from "react";
import { removeMember, updateMember } from "../api/gen/client.ts";
import type { Member, Role } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { useMember } from "../app/session.ts";
import { membersQuery } from "../inbox/queries.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import { controlClass } from "../ui/Field.tsx";
import { Panel, PanelRow } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import { InviteDialog } from "./InviteDialog.tsx";
import { OpenInvitations } from "./OpenInvitations.tsx";
import { roles } from "./roles.ts";
import { RowSkeletons } from "./RowSkeletons.tsx";
import { SettingsSection } from "./SettingsSection.tsx";

export function Team() {
  const { t } = useTexts();
  const { role } = useMember();
  const [inviting, setInviting] = useState(false);
  const { data, error, refetch } = useQuery(membersQuery);
  const may = role !== "agent";
  return (
    <>
      <SettingsSection
        title={t("settings.sections.team")}
        text={t("settings.team.text")}
        action={
          may && (
            <Button tone="primary" icon={<UserPlus size={15} />} onClick={() => setInviting(true)}>
              {t("settings.team.invite")}
            </Button>
          )
        }
      >
        {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <RowSkeletons rows={3} />}
        {data !== undefined && (
          <Panel>
            {data.map((member) => (
              <MemberLine key={member.userId} member={member} />
            ))}
          </Panel>
        )}
      </SettingsSection>
      {may && <OpenInvitations />}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

function MemberLine({ member }: { member: Member }) {
  const { t } = useTexts();
  const { user, role, workspace } = useMember();
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const isMe = member.userId === user.id;
  const change = useMutation({
    mutationFn: (next: Role) => updateMember(member.userId, { role: next }),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: isMe ? queryKeys.session : queryKeys.members }),
    onSuccess: () => client.invalidateQueries({ queryKey: queryKeys.members }),
  });
  const remove = async () => {
    await removeMember(member.userId);
    await client.invalidateQueries({ queryKey: queryKeys.members });
    toasts.show(t("settings.team.removed", { name: member.name }));
  };
  const shown = change.isPending ? change.variables : member.role;
  return (
    <PanelRow className="phone:flex-wrap">
      <Avatar name={member.name} />
      <div className="min-w-0 flex-1 basis-44">
        <p className="truncate font-medium">
          {member.name}
          {isMe && <span className="font-normal text-ink-3"> · {t("settings.team.you")}</span>}
        </p>
        <p className="truncate text-s text-ink-3">{member.email}</p>
      </div>
      {role === "owner" ? (
        <select
          aria-label={t("settings.team.role", { name: member.name })}
          value={shown}
          disabled={change.isPending}
          onChange={(event) => change.mutate(event.target.value as Role)}
          className={`${controlClass} h-9 w-32!`}
        >
          {roles.map((name) => (
            <option key={name} value={name}>
              {t(`settings.team.roles.${name}`)}
            </option>
          ))}
        </select>
      ) : (
        <span className="text-ink-2">{t(`settings.team.roles.${member.role}`)}</span>
      )}
      {role === "owner" && !isMe && (
        <IconButton
          size="s"
          label={t("settings.team.remove", { name: member.name })}
          onClick={() => setRemoving(true)}
        >
          <UserMinus size={15} />
        </IconButton>
      )}
      {removing && (
        <ConfirmDialog
          title={t("settings.team.removeTitle", { name: member.name, workspace: workspace.name })}
          text={t("settings.team.removeText")}
          doLabel={t("settings.team.doRemove")}
          onDo={remove}
          onClose={() => setRemoving(false)}
        />
      )}
    </PanelRow>
  );
}

/** Rows of people as the API shows them. */
import type { ApiKey } from "../../store/api-keys.ts";
import type { Invitation } from "../../store/invitations.ts";
import type { Member } from "../../store/people.ts";

export const presentMember = ({ language: _own, ...member }: Member) => ({
  ...member,
  createdAt: member.createdAt.toISOString(),
});

export const presentInvitation = (invitation: Invitation) => ({
  id: invitation.id,
  email: invitation.email,
  role: invitation.role,
  expiresAt: invitation.expiresAt.toISOString(),
  createdAt: invitation.createdAt.toISOString(),
});

export const presentApiKey = (key: ApiKey) => ({
  id: key.id,
  name: key.name,
  role: key.role,
  prefix: key.prefix,
  createdAt: key.createdAt.toISOString(),
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
});

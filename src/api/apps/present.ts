/** Microsoft apps as the API shows them: never with their secret. */
import type { AppView } from "../../connect/app-settings.ts";
import type { Language } from "../../connect/findings/types.ts";
import type { AppLogEntry } from "../../store/apps.ts";
import { presentLooseFinding } from "../mailboxes/present.ts";

export const presentApp = (app: AppView, language: Language, nowMs: number) => ({
  id: app.id,
  source: app.source,
  name: app.name,
  clientId: app.clientId,
  tenant: app.tenant,
  cloud: app.cloud,
  hasSecret: app.hasSecret,
  secretExpiresOn: app.secretExpiresOn,
  daysLeft: app.daysLeft,
  isDefault: app.isDefault,
  mailboxes: app.mailboxes,
  check: app.check && { checkedAt: app.check.checkedAt.toISOString(), checks: app.check.checks },
  findings: app.findings.map((finding) =>
    presentLooseFinding(finding, language, app.check?.checkedAt ?? new Date(nowMs)),
  ),
  createdAt: app.createdAt?.toISOString() ?? null,
});

export const presentAppLog = ({ what, fields, byName, at }: AppLogEntry) => ({
  what,
  fields,
  by: byName,
  at: at.toISOString(),
});

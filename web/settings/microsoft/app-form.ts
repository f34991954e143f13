/** What the form of a Microsoft app holds, what is wrong with it, and what is sent. Pure. */
import type {
  ChangedMicrosoftAppInput,
  MicrosoftApp,
  NewMicrosoftAppInput,
} from "../../api/gen/model/index.ts";

export type Cloud = MicrosoftApp["cloud"];
export const audiences = ["common", "consumers", "organizations", "own"] as const;
export type Audience = (typeof audiences)[number];

export interface AppDraft {
  name: string;
  clientId: string;
  /** Empty: none, or the one that is kept. */
  secret: string;
  /** `2027-03-31`; empty: not known. */
  expires: string;
  audience: Audience;
  tenantId: string;
  cloud: Cloud;
}

export const audienceOf = (tenant: string): Audience => audiences.find((one) => one === tenant) ?? "own";

export const firstDraft = (app: MicrosoftApp | null, name: string): AppDraft => ({
  name: app?.name ?? name,
  clientId: app?.clientId ?? "",
  secret: "",
  expires: app?.secretExpiresOn ?? "",
  audience: audienceOf(app?.tenant ?? "common"),
  tenantId: app !== null && audienceOf(app.tenant) === "own" ? app.tenant : "",
  cloud: app?.cloud ?? "default",
});

/** A secret's Value has 40 characters with signs; its ID is a GUID. */
export const looksLikeId = (secret: string): boolean =>
  /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/iu.test(secret.trim());

export type DraftProblem = "needed" | "badTenant";

export function draftProblems(draft: AppDraft): Partial<Record<keyof AppDraft, DraftProblem>> {
  return {
    ...(draft.name.trim() === "" ? { name: "needed" } : {}),
    ...(draft.clientId.trim() === "" ? { clientId: "needed" } : {}),
    ...(draft.audience === "own" && !/^[A-Za-z0-9.-]+$/u.test(draft.tenantId.trim())
      ? { tenantId: "badTenant" }
      : {}),
  };
}

const common = (draft: AppDraft) => ({
  name: draft.name.trim(),
  clientId: draft.clientId.trim(),
  secretExpiresOn: draft.expires === "" ? null : draft.expires,
  tenant: draft.audience === "own" ? draft.tenantId.trim() : draft.audience,
  cloud: draft.cloud,
});

export const newApp = (draft: AppDraft): NewMicrosoftAppInput => ({
  ...common(draft),
  secret: draft.secret.trim() === "" ? null : draft.secret.trim(),
});

/** What was changed alone: the log names it, and a check stays good while nothing else than a name has changed. */
export function changedApp(draft: AppDraft, app: MicrosoftApp): ChangedMicrosoftAppInput {
  const next = common(draft);
  const changed = Object.entries(next).filter(([name, value]) => app[name as keyof typeof next] !== value);
  return {
    ...Object.fromEntries(changed),
    ...(draft.secret.trim() === "" ? {} : { secret: draft.secret.trim() }),
  };
}

/** Providers, attempts and links as the API shows them. */
import { redirectUsable } from "../../connect/app-check/facts.ts";
import type { AppChoice } from "../../connect/app-of.ts";
import { appFor, isMicrosoft, type ConnectApps } from "../../connect/apps.ts";
import type { AttemptView } from "../../connect/attempt-state.ts";
import { nextCheckAt } from "../../connect/findings/recheck.ts";
import type { Language, Text } from "../../connect/findings/types.ts";
import { serversFor, type Provider } from "../../connect/providers.ts";
import { presentLooseFinding } from "../mailboxes/present.ts";
import { passwordNotes } from "./password-notes.ts";

const text = (en: string, zh: string): Text => ({ en, zh });

const permissions: Text[] = [
  text("Read your mail and folders, and set what is read", "读取您的邮件和文件夹，并标记已读状态"),
  text(
    "Send mail from your address when somebody of the team answers",
    "当团队成员回复时，用您的地址发送邮件",
  ),
  text("Keep doing so until you withdraw it", "在您撤销之前持续有效"),
  text("See your name and address", "查看您的姓名和邮箱地址"),
];

/** What will be asked for, before leaving for the provider. */
export const permissionTexts = (language: Language): string[] =>
  permissions.map((permission) => permission[language]);

export function presentProvider(
  provider: Provider,
  {
    apps,
    own,
    address,
    language,
    publicUrl,
  }: { apps: ConnectApps; own: AppChoice[]; address: string; language: Language; publicUrl: string },
) {
  return {
    id: provider.id,
    name: provider.id === "other" && language === "zh" ? "其他（IMAP）" : provider.name,
    methods: provider.methods,
    browserReady: provider.id === "sandbox" || redirectUsable(`${publicUrl}/`),
    oauthReady: isMicrosoft(provider.id) ? own.length > 0 : appFor(apps, provider.id) !== null,
    apps: isMicrosoft(provider.id) ? own : [],
    sandbox: provider.id === "sandbox",
    ...serversFor(provider, address),
    passwordHelpUrl: provider.passwordHelpUrl,
    passwordNote: provider.passwordNote === null ? null : passwordNotes[provider.passwordNote][language],
    permissions: provider.methods.includes("oauth") ? permissionTexts(language) : [],
  };
}

const accountOf = (attempt: AttemptView) =>
  attempt.account ? { address: attempt.account.principal, name: attempt.account.name } : null;

/** Of a mailbox that is kept it says when we look first by ourselves; later looks are the mailbox's. */
function findingOf({ finding, step, finishedAt, expiresAt }: AttemptView, language: Language) {
  if (finding === null) return null;
  const loose = presentLooseFinding(finding, language, finishedAt ?? expiresAt);
  if (step !== "kept" || finishedAt === null) return loose;
  const next = nextCheckAt(finding.code, finishedAt.getTime(), finishedAt.getTime());
  return { ...loose, nextCheckAt: next?.toISOString() ?? null };
}

/** What both pages of an attempt show of it. */
const presentSteps = (attempt: AttemptView, language: Language, signedInHere: boolean) => ({
  address: attempt.address,
  step: attempt.step,
  checks: attempt.checks,
  finding: findingOf(attempt, language),
  account: accountOf(attempt),
  relation: attempt.relation,
  awaitsMail: attempt.step === "proving" && attempt.secret.code !== undefined,
  mayDecide: signedInHere && attempt.secret.held !== undefined,
  adminLink: attempt.secret.adminLink ?? null,
  adminConsented: attempt.adminConsentedAt !== null,
  expiresAt: attempt.expiresAt.toISOString(),
});

export const presentAttempt = (attempt: AttemptView, publicUrl: string, language: Language) => ({
  id: attempt.id,
  ...presentSteps(attempt, language, attempt.flow === "device"),
  provider: attempt.provider,
  flow: attempt.flow,
  transport: attempt.transport,
  mailboxId: attempt.mailboxId,
  connectUrl: attempt.secret.link === undefined ? "" : `${publicUrl}/connect/${attempt.secret.link}`,
  device: attempt.device
    ? {
        userCode: attempt.device.userCode,
        verificationUri: attempt.device.verificationUri,
        expiresAt: new Date(attempt.device.expiresAtMs).toISOString(),
      }
    : null,
});

interface LinkFacts {
  workspaceName: string;
  provider: Provider | null;
  permissions: string[];
  /** A signed-in owner or admin of the workspace: may go on to the folders. */
  member: boolean;
  /** In this browser somebody has signed in for the attempt. */
  signedInHere: boolean;
  language: Language;
}

export const presentLink = (attempt: AttemptView, facts: LinkFacts) => ({
  workspaceName: facts.workspaceName,
  requestedByName: attempt.requestedByName,
  ...presentSteps(attempt, facts.language, facts.signedInHere),
  providerName: facts.provider?.name ?? attempt.provider,
  sandbox: facts.provider?.id === "sandbox",
  permissions: facts.permissions,
  mailboxId: facts.member ? attempt.mailboxId : null,
  attemptId: facts.member ? attempt.id : null,
  member: facts.member,
});

/** Mailboxes, folders, findings and log lines as the API shows them. */
import { z } from "zod";
import { wordFinding } from "../../connect/findings/words.ts";
import type { Finding, Language } from "../../connect/findings/types.ts";
import type { LivingProcess } from "../../store/census.ts";
import type { StoredFinding } from "../../store/findings.ts";
import type { Folder } from "../../store/folders.ts";
import type { MailboxLogEntry } from "../../store/mailbox-log.ts";
import type { Mailbox, MailServers } from "../../store/mailboxes.ts";
import type { MailboxHealth } from "../../sync/health.ts";
import { logText } from "./log-texts.ts";

const evidenceSchema = z.array(z.object({ at: z.string(), step: z.string(), line: z.string() })).catch([]);

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A finding of the database in words. */
export function presentFinding(stored: StoredFinding, language: Language) {
  const params = z.record(z.string(), z.string()).catch({}).parse(stored.params);
  const finding: Finding = { code: stored.code, params, evidence: evidenceSchema.parse(stored.evidence) };
  return {
    id: stored.id,
    ...wordFinding(finding, language),
    openedAt: stored.openedAt.toISOString(),
    closedAt: iso(stored.closedAt),
    nextCheckAt: iso(stored.nextCheckAt),
  };
}

/** A finding that is not stored: of an attempt, or of a test. */
export const presentLooseFinding = (finding: Finding, language: Language, at: Date) => ({
  id: finding.code,
  ...wordFinding(finding, language),
  openedAt: at.toISOString(),
  closedAt: null,
  nextCheckAt: null,
});

export interface MailboxFacts {
  mailbox: Mailbox;
  health: MailboxHealth | null;
  /** The process that owns it; null: none that lives. */
  owner: LivingProcess | null;
  finding: StoredFinding | null;
  servers: MailServers;
}

/** How far it is from being in step. A mailbox that came since its health was read has none yet. */
export const presentHealth = (health: MailboxHealth | null, owner: LivingProcess | null) => ({
  inStepAt: iso(health?.inStepAt ?? null),
  lagSeconds: health?.lagSeconds ?? null,
  backlog: health?.backlog ?? 0,
  throttledUntil: iso(health?.throttledUntil ?? null),
  intentsPending: health?.pendingIntents ?? 0,
  progress: health?.progress ?? null,
  owner: owner && { kind: owner.kind, hostname: owner.hostname, pid: owner.pid },
});

export const presentMailbox = (
  { mailbox, health, owner, finding, servers }: MailboxFacts,
  language: Language,
) => ({
  id: mailbox.id,
  address: mailbox.address,
  displayName: mailbox.displayName,
  provider: mailbox.provider,
  method: mailbox.method,
  transport: mailbox.transport,
  automaticTransport: mailbox.automaticTransport,
  transports: mailbox.method === "oauth" ? (["imap", "graph", "pop3"] as const).slice() : [mailbox.transport],
  state: mailbox.state,
  stateSince: mailbox.stateSince.toISOString(),
  foldersChosen: mailbox.foldersChosenAt !== null,
  history: mailbox.history,
  readOnly: mailbox.readOnly,
  newFolders: mailbox.newFolders,
  seenPolicy: mailbox.seenPolicy,
  keepRaw: mailbox.keepRaw,
  signatureHtml: mailbox.signatureHtml,
  ...presentHealth(health, owner),
  servers,
  finding: finding ? presentFinding(finding, language) : null,
  connectedBy: mailbox.createdBy,
  relation: mailbox.relation,
  account: mailbox.principal,
  createdAt: mailbox.createdAt.toISOString(),
});

export const presentFolder = (folder: Folder, stored: number) => ({
  id: folder.id,
  path: folder.path,
  name: folder.name,
  parentPath: folder.parentPath,
  role: folder.role,
  kind: folder.kind,
  selectable: folder.selectable,
  selected: folder.selected,
  messages: folder.remoteMessages,
  stored,
  problem: folder.problem,
});

/** A line of the log in plain words. */
export function presentLogEntry(entry: MailboxLogEntry, language: Language) {
  const params = Object.fromEntries(
    Object.entries(entry.params).map(([name, value]) => [name, String(value)]),
  );
  return {
    id: entry.id,
    code: entry.code,
    text: logText(entry.code, params, language),
    createdAt: entry.createdAt.toISOString(),
  };
}

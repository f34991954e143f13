/** What the app password form begins with, how its fields hang together, and what is wrong with them. Pure. */
import type {
  FoundSettings,
  Mailbox,
  MailServer,
  PasswordMailboxInput,
  Provider,
} from "../api/gen/model/index.ts";

export type Security = MailServer["security"];

export interface ServerDraft {
  host: string;
  /** As typed. */
  port: string;
  security: Security;
}

export interface PasswordDraft {
  address: string;
  username: string;
  imap: ServerDraft;
  smtp: ServerDraft;
  sending: boolean;
}

export type ServerKind = "imap" | "smtp";

/** RFC 8314 (implicit TLS: 993, 465), RFC 9051 and RFC 6409 (STARTTLS: 143, 587). */
const usualPorts: Record<ServerKind, Record<Security, number>> = {
  imap: { tls: 993, starttls: 143, none: 143 },
  smtp: { tls: 465, starttls: 587, none: 25 },
};

const blank = (kind: ServerKind): ServerDraft => ({
  host: "",
  port: String(usualPorts[kind].tls),
  security: "tls",
});

const draftOf = (server: MailServer | null, kind: ServerKind): ServerDraft =>
  server === null ? blank(kind) : { host: server.host, port: String(server.port), security: server.security };

/** A mailbox that is reconnected keeps its servers; else the provider's; else a guess by the address's domain. */
export function firstDraft(
  provider: Pick<Provider, "imap" | "smtp">,
  address: string,
  mailbox: Pick<Mailbox, "servers"> | null,
): PasswordDraft {
  const imap = mailbox?.servers.imap ?? provider.imap;
  const smtp = mailbox?.servers.smtp ?? provider.smtp;
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  const guess = (server: ServerDraft, prefix: string): ServerDraft =>
    server.host === "" && domain !== "" ? { ...server, host: `${prefix}.${domain}` } : server;
  return {
    address,
    username: address,
    imap: guess(draftOf(imap, "imap"), "imap"),
    smtp: guess(draftOf(smtp, "smtp"), "smtp"),
    sending: mailbox === null || mailbox.servers.smtp !== null,
  };
}

/** What was found for the address goes into the form, which stays changeable; a form that was changed by hand stays as it is. */
export function withFound(
  draft: PasswordDraft,
  untouched: PasswordDraft,
  found: Pick<FoundSettings, "imap" | "smtp" | "username">,
): PasswordDraft {
  if (found.imap === null || JSON.stringify(draft) !== JSON.stringify(untouched)) return draft;
  return {
    ...draft,
    username: found.username,
    imap: draftOf(found.imap, "imap"),
    smtp: found.smtp === null ? draft.smtp : draftOf(found.smtp, "smtp"),
  };
}

/** Another encryption brings its usual port along, unless a port of one's own was typed. */
export function withSecurity(server: ServerDraft, kind: ServerKind, security: Security): ServerDraft {
  const usual = Object.values(usualPorts[kind]).map(String);
  const port =
    usual.includes(server.port) || server.port === "" ? String(usualPorts[kind][security]) : server.port;
  return { ...server, security, port };
}

/** The user name follows the address until it is changed by hand. */
export const withAddress = (draft: PasswordDraft, address: string): PasswordDraft => ({
  ...draft,
  address,
  username: draft.username === draft.address ? address : draft.username,
});

export type FieldProblem = "needed" | "badPort" | "badAddress";

const portOk = (port: string): boolean =>
  /^\d{1,5}$/u.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
export const looksLikeAddress = (text: string): boolean => /^[^\s@<>",;]+@[^\s@<>",;]+$/u.test(text.trim());

/** Problems by the field's name, as the server names them: `imap.host`, `username`. */
export function draftProblems(draft: PasswordDraft, password: string): Record<string, FieldProblem> {
  const problems: Record<string, FieldProblem> = {};
  if (!looksLikeAddress(draft.address))
    problems["address"] = draft.address.trim() === "" ? "needed" : "badAddress";
  if (draft.username.trim() === "") problems["username"] = "needed";
  if (password === "") problems["password"] = "needed";
  for (const kind of draft.sending ? (["imap", "smtp"] as const) : (["imap"] as const)) {
    if (draft[kind].host.trim() === "") problems[`${kind}.host`] = "needed";
    if (!portOk(draft[kind].port)) problems[`${kind}.port`] = "badPort";
  }
  return problems;
}

const inputOf = (server: ServerDraft) => ({
  host: server.host.trim(),
  port: Number(server.port),
  security: server.security,
});

/** What is sent. Call only when `draftProblems` found nothing. */
export const passwordInput = (
  draft: PasswordDraft,
  password: string,
  { provider, mailboxId }: { provider: string; mailboxId: string | undefined },
): PasswordMailboxInput => ({
  address: draft.address.trim(),
  provider,
  username: draft.username.trim(),
  password,
  imap: inputOf(draft.imap),
  ...(draft.sending ? { smtp: inputOf(draft.smtp) } : {}),
  ...(mailboxId === undefined ? {} : { mailboxId }),
});

/** Which field of the form a problem of the server belongs to; null: it stands above the button. */
export function fieldOfProblem(field: string | undefined): string | null {
  if (field === undefined) return null;
  const known = ["address", "username", "password", "imap", "smtp"];
  const parts = field.replace(/^body[./]/u, "").replaceAll("/", ".");
  const [first, second] = parts.split(".");
  if (first === undefined || !known.includes(first)) return null;
  if (first === "imap" || first === "smtp") return `${first}.${second ?? "host"}`;
  return first;
}

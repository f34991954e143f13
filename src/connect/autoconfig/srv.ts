/** Settings by SRV records: RFC 6186 (`_imaps`, `_imap`, `_submission`), RFC 8314 5.1 (`_submissions`). Pure. */
import type { SrvRecord } from "../../protocol/net/mail-dns.ts";
import type { MailServer } from "../providers.ts";
import { serverOf, wholeAddress, type FoundSettings } from "./found.ts";

export const srvServices = ["_imaps", "_imap", "_submissions", "_submission"] as const;
export type SrvService = (typeof srvServices)[number];
export type SrvAnswers = Partial<Record<SrvService, readonly SrvRecord[]>>;

/** Lowest priority first, then the heaviest (RFC 2782). A target of "." says that there is no such service. */
const best = (records: readonly SrvRecord[] = []): SrvRecord | undefined =>
  records
    .filter(({ name }) => name !== "" && name !== ".")
    .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)[0];

function pick(answers: SrvAnswers, byTls: SrvService, byStarttls: SrvService): MailServer | null {
  const tls = best(answers[byTls]);
  const encrypted = tls && serverOf(tls.name, tls.port, "tls");
  if (encrypted) return encrypted;
  const starttls = best(answers[byStarttls]);
  return starttls ? serverOf(starttls.name, starttls.port, "starttls") : null;
}

/** TLS from the first octet before STARTTLS (RFC 8314 3); null without a server to read from. */
export function settingsOfSrv(domain: string, answers: SrvAnswers): FoundSettings | null {
  const imap = pick(answers, "_imaps", "_imap");
  if (imap === null) return null;
  const smtp = pick(answers, "_submissions", "_submission");
  return {
    source: "srv",
    from: domain,
    provider: "other",
    imap,
    smtp,
    username: wholeAddress,
    reachable: null,
  };
}

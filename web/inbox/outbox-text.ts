/** Words for what keeps a reply from leaving, by the server's code and, where it is known, the reason. Pure. */
import type { Message } from "../api/gen/model/index.ts";
import type { TextKey } from "../app/i18n.ts";

type Outbox = NonNullable<Message["outbox"]>;

const byReason = new Map<string, TextKey>([
  ["smtp_auth_disabled", "inbox.thread.outboxProblem.switchedOff"],
  ["policy", "inbox.thread.outboxProblem.policy"],
  ["account_blocked", "inbox.thread.outboxProblem.blocked"],
  ["sender_blocked", "inbox.thread.outboxProblem.blocked"],
  ["from_not_allowed", "inbox.thread.outboxProblem.from"],
  ["quota", "inbox.thread.outboxProblem.quota"],
  ["too_large", "inbox.thread.outboxProblem.tooLarge"],
  ["recipient", "inbox.thread.outboxProblem.recipient"],
]);

const byCode = new Map<string, TextKey>([
  ["throttled", "inbox.thread.outboxProblem.pause"],
  ["network_refused", "inbox.thread.outboxProblem.unreachable"],
  ["network_timeout", "inbox.thread.outboxProblem.unreachable"],
  ["network_unreachable", "inbox.thread.outboxProblem.unreachable"],
  ["dns_failed", "inbox.thread.outboxProblem.unreachable"],
  ["tls_failed", "inbox.thread.outboxProblem.unreachable"],
  ["connection_lost", "inbox.thread.outboxProblem.unreachable"],
  ["protocol_error", "inbox.thread.outboxProblem.unreachable"],
  ["oauth_unavailable", "inbox.thread.outboxProblem.unreachable"],
  ["auth_failed", "inbox.thread.outboxProblem.signIn"],
  ["basic_auth_blocked", "inbox.thread.outboxProblem.signIn"],
  ["oauth_grant_invalid", "inbox.thread.outboxProblem.signIn"],
  ["send_rejected", "inbox.thread.outboxProblem.refused"],
  ["recipient_invalid", "inbox.thread.outboxProblem.recipient"],
  ["payload_too_large", "inbox.thread.outboxProblem.tooLarge"],
  ["read_only", "inbox.thread.outboxProblem.readOnly"],
  ["cannot_send", "inbox.thread.outboxProblem.cannotSend"],
  ["restored", "inbox.thread.outboxProblem.restored"],
  ["mailbox_removed", "inbox.thread.outboxProblem.removed"],
]);

/** null: nothing keeps it. */
export function outboxProblemKey({
  state,
  problem,
  reason,
}: Pick<Outbox, "state" | "problem" | "reason">): TextKey | null {
  if (problem === null) return null;
  if (problem === "send_unclear")
    return state === "sending" ? "inbox.thread.outboxProblem.unclear" : "inbox.thread.outboxProblem.decide";
  return byReason.get(reason ?? "") ?? byCode.get(problem) ?? "inbox.thread.outboxProblem.other";
}

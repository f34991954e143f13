/**
 * Further probes, run when reading failed: they tell apart the causes of one answer. Each is small, has a deadline of its own
 * and takes its connection from whoever opens mailboxes, so that the one dialer sees to where it goes.
 */
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { MailSource } from "../../protocol/mail-source.ts";
import type { Observation, ProbeName } from "./observation.ts";

export interface FurtherInput {
  method: "oauth" | "password";
  claims?: { account: string; user: string };
  tokenIsFresh?: boolean;
  openGraph?: () => Promise<MailSource | null>;
}

/** For Graph's answer, milliseconds: it comes within one, or not at all. */
const graphDeadlineMs = 4_000;
/** Nothing else is worth waiting for at the end of a session. */
const closeDeadlineMs = 1_000;

/**
 * What more can be seen within the time that is left. Never throws.
 * @param failure how reading failed; null: it did not
 * @param leftMs of the whole check, milliseconds
 */
export async function furtherProbes(
  input: FurtherInput,
  failure: { step: string; error: unknown } | null,
  leftMs: number,
): Promise<Observation[]> {
  if (failure === null || input.method !== "oauth" || !isRefusal(failure.error)) return [];
  const seen: Observation[] = [];
  if (input.claims !== undefined) seen.push({ probe: "claims", ok: true, ...input.claims });
  if (input.tokenIsFresh === true) seen.push(sameWithFreshToken(failure));
  const graph = await graphInbox(input, Math.min(graphDeadlineMs, leftMs));
  return graph === null ? seen : [...seen, graph];
}

/** Only what the server itself said has further causes: a name that does not resolve has none. */
const isRefusal = (error: unknown): boolean =>
  error instanceof HitchpostError && (error.code === "auth_failed" || error.code === "not_connected");

const answerOf = (error: unknown): string =>
  error instanceof HitchpostError ? (error.details.response ?? error.message) : "";

const sameWithFreshToken = ({ step, error }: { step: string; error: unknown }): Observation => {
  const probe: ProbeName = step === "reading" ? "imap_open" : "imap_sign_in";
  return { probe, ok: false, retry: "fresh_token", answer: answerOf(error) };
};

/** Whether Graph opens the same mailbox; null: there is no token for it, or it did not answer. */
async function graphInbox({ openGraph }: FurtherInput, deadlineMs: number): Promise<Observation | null> {
  if (openGraph === undefined) return null;
  const expires = AbortSignal.timeout(deadlineMs);
  let source: MailSource | null = null;
  try {
    source = await withDeadline(deadlineMs, "getting a token for Graph", openGraph);
    if (source === null) return null;
    const opened = source;
    await withDeadline(
      deadlineMs,
      "asking Graph for the mailbox",
      (signal) => opened.connect(signal),
      expires,
    );
    return { probe: "graph_inbox", ok: true };
  } catch (error) {
    return saysOfMailbox(error) ? { probe: "graph_inbox", ok: false, answer: answerOf(error) } : null;
  } finally {
    const opened = source;
    if (opened !== null)
      await withDeadline(closeDeadlineMs, "closing Graph", () => opened.close()).catch(() => undefined); // the answer is known
  }
}

/** A missing consent, a throttled or silent Graph says nothing of the mailbox. */
const saysOfMailbox = (error: unknown): boolean =>
  error instanceof HitchpostError &&
  (error.code === "not_connected" || error.code === "protocol_error" || error.code === "folder_unavailable");

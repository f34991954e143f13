/**
 * Further probes, run when reading failed: they tell apart the causes of one answer. Each is small, has a deadline of its own
 * and takes its connection from whoever opens mailboxes, so that the one dialer sees to where it goes.
 */
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { MailSource, RemoteFolder } from "../../protocol/mail-source.ts";
import type { Observation, ProbeName, Retry } from "./observation.ts";

export interface FurtherInput {
  method: "oauth" | "password";
  claims?: { account: string; user: string };
  openGraph?: () => Promise<MailSource | null>;
  /** The same mailbox in another way; null: that way is not to be had. */
  openAgain?: (how: Retry) => Promise<MailSource | null>;
  /** A look at the server without signing in. */
  look?: (timeoutMs: number) => Promise<Observation[]>;
  /** This server's clock less the identity server's, milliseconds; null: not told. */
  clockSkewMs?: () => Promise<number | null>;
}

export interface Further {
  seen: Observation[];
  /** A second try with another token opened the mailbox: the first was the server's mood, or the token's; else null. */
  folders: RemoteFolder[] | null;
}

/** For Graph's answer, milliseconds: it comes within one, or not at all. */
const graphDeadlineMs = 4_000;
/** A whole sign-in with a new token before it. */
const againDeadlineMs = 6_000;
const lookDeadlineMs = 6_000;
const clockDeadlineMs = 3_000;
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
): Promise<Further> {
  if (failure === null) return { seen: [], folders: null };
  const within = (ms: number): number => Math.min(ms, leftMs);
  if (!isRefusal(failure.error)) {
    const [onTheWay, clock] = await Promise.all([
      isOfNetwork(failure.error) ? (input.look?.(within(lookDeadlineMs)) ?? []) : [],
      clockSkew(input, within(clockDeadlineMs)),
    ]);
    return { seen: [...clock, ...onTheWay], folders: null };
  }
  if (input.method !== "oauth") return { seen: [], folders: null }; // one wrong password more may lock the account
  const [fresh, graph, clock] = await Promise.all([
    openedAgain(input, "fresh_token", failure, within(againDeadlineMs)),
    graphInbox(input, within(graphDeadlineMs)),
    clockSkew(input, within(clockDeadlineMs)),
  ]);
  const claims: Observation[] =
    input.claims === undefined ? [] : [{ probe: "claims", ok: true, ...input.claims }];
  const four = await overIpv4(input, failure, within(againDeadlineMs));
  return { seen: [...clock, ...claims, ...fresh.seen, ...four, ...graph], folders: fresh.folders };
}

const codeOf = (error: unknown): string => (error instanceof HitchpostError ? error.code : "");

/** Only what the server itself said has further causes: a name that does not resolve has none. */
const isRefusal = (error: unknown): boolean => /^(auth_failed|not_connected)$/.test(codeOf(error));

/** Something on the way failed, or what answered was no mail server. */
const isOfNetwork = (error: unknown): boolean =>
  /^(network_\w+|dns_failed|tls_failed|connection_lost|protocol_error)$/.test(codeOf(error));

const answerOf = (error: unknown): string =>
  error instanceof HitchpostError ? (error.details.response ?? error.message) : "";

/** A second try; where it is to be had and answers. */
async function openedAgain(
  { openAgain }: FurtherInput,
  how: Retry,
  { step }: { step: string },
  deadlineMs: number,
): Promise<Further> {
  if (openAgain === undefined) return { seen: [], folders: null };
  let probe: ProbeName = step === "reading" ? "imap_open" : "imap_sign_in";
  let source: MailSource | null = null;
  const expires = AbortSignal.timeout(deadlineMs);
  try {
    source = await withDeadline(deadlineMs, "opening the mailbox again", () => openAgain(how), expires);
    if (source === null) return { seen: [], folders: null };
    const opened = source;
    await withDeadline(deadlineMs, "signing in again", (signal) => opened.connect(signal), expires);
    probe = "imap_open";
    const folders = await withDeadline(deadlineMs, "listing again", () => opened.listFolders(), expires);
    return { seen: [{ probe, ok: true, retry: how }], folders };
  } catch (error) {
    const seen: Observation[] = isRefusal(error)
      ? [{ probe, ok: false, retry: how, answer: answerOf(error) }]
      : [];
    return { seen, folders: null };
  } finally {
    await closed(source);
  }
}

/** Where the name has both kinds of address, a mailbox may open over one alone (thunderbird-android#9635). */
async function overIpv4(
  input: FurtherInput,
  failure: { step: string; error: unknown },
  deadlineMs: number,
): Promise<Observation[]> {
  if (codeOf(failure.error) !== "not_connected" || deadlineMs < closeDeadlineMs) return [];
  return (await openedAgain(input, "ipv4", failure, deadlineMs)).seen;
}

/** Whether Graph opens the same mailbox; nothing: there is no token for it, or it did not answer. */
async function graphInbox({ openGraph }: FurtherInput, deadlineMs: number): Promise<Observation[]> {
  if (openGraph === undefined) return [];
  const expires = AbortSignal.timeout(deadlineMs);
  let source: MailSource | null = null;
  try {
    source = await withDeadline(deadlineMs, "getting a token for Graph", openGraph);
    if (source === null) return [];
    const opened = source;
    await withDeadline(
      deadlineMs,
      "asking Graph for the mailbox",
      (signal) => opened.connect(signal),
      expires,
    );
    return [{ probe: "graph_inbox", ok: true }];
  } catch (error) {
    return saysOfMailbox(error) ? [{ probe: "graph_inbox", ok: false, answer: answerOf(error) }] : [];
  } finally {
    await closed(source);
  }
}

async function closed(source: MailSource | null): Promise<void> {
  if (source === null) return;
  await withDeadline(closeDeadlineMs, "closing a probe", () => source.close()).catch(() => undefined); // the answer is known
}

async function clockSkew({ clockSkewMs }: FurtherInput, deadlineMs: number): Promise<Observation[]> {
  if (clockSkewMs === undefined) return [];
  const skewMs = await withDeadline(deadlineMs, "asking for the time", clockSkewMs).catch(() => null); // a hint, no need
  return skewMs === null ? [] : [{ probe: "clock", ok: true, skewMs }];
}

/** A missing consent, a throttled or silent Graph says nothing of the mailbox. */
const saysOfMailbox = (error: unknown): boolean =>
  /^(not_connected|protocol_error|folder_unavailable)$/.test(codeOf(error));

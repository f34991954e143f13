/** The doctor's decision: from what all probes saw to findings, ranked, each with how sure it is and why. Pure. */
import { findingKind, isFindingCode, withBroader, type FindingCode } from "../findings/catalogue.ts";
import { causesOf, type Candidate } from "./causes.ts";
import { probeNames, type Context, type Observation } from "./observation.ts";
import { readAnswer, type FoundSign } from "./read-answer.ts";
import type { Area, Sign } from "./rules.ts";
import { areaOf, viewOf, type View } from "./view.ts";

export interface Ranked {
  code: FindingCode;
  /** 0 to 1. */
  confidence: number;
  /** The probe whose answer led here. */
  because: Observation["probe"];
}

/** Less than this is not named as the one cause where a broader finding is true as well. */
export const sureEnough = 0.7;
/** Clocks of small servers are off by minutes; Microsoft's tokens allow five. */
const toleratedSkewMs = 5 * 60_000;
const leastConfidence = 0.08;

/** Graph's own refusals tell of our missing consent there, not of the mailbox: they count when nothing else failed. */
const ofGraphAlone = new Set<Sign>(["graph_permission_missing", "graph_token_refused", "consent_missing"]);

const candidatesOf = ({ sign }: FoundSign, view: View): Candidate[] =>
  isFindingCode(sign) ? [{ code: sign, share: 1 }] : causesOf(sign, view);

/** A second try that works where the first did not names the cause by what was different. */
function helped({ probe, retry }: Observation, all: readonly Observation[]): Ranked[] {
  const firstFailed = all.some((one) => one.probe === probe && one.retry === undefined && !one.ok);
  if (retry === undefined || !firstFailed) return [];
  return [{ code: retry === "ipv4" ? "ipv6_broken" : "token_stale", confidence: 0.96, because: probe }];
}

/** Before there is a permission nothing has expired but the sign-in itself: it is the code that was refused. */
const ofPermission = new Set<FindingCode>([
  "grant_expired",
  "grant_revoked",
  "sign_in_frequency",
  "sign_in_needed",
]);
const atSignIn = (code: FindingCode, probe: Observation["probe"]): FindingCode =>
  probe === "redeem" && ofPermission.has(code) ? "authorization_expired" : code;

/** How sure each finding is by one observation. */
function weigh(one: Observation, all: readonly Observation[], context: Context, area: Area | null): Ranked[] {
  if (one.probe === "clock" && Math.abs(one.skewMs ?? 0) > toleratedSkewMs)
    return [{ code: "clock_skew", confidence: 0.95, because: "clock" }];
  if (one.ok) return helped(one, all);
  if (one.answer === undefined) return [];
  const { signs, text } = readAnswer(one.answer, area);
  const view = viewOf(all, context, { words: text.plain, area });
  const failures = all.filter(({ ok }) => !ok).length;
  return signs
    .filter(({ sign }) => !(area === "graph" && failures > 1 && ofGraphAlone.has(sign)))
    .flatMap((found) =>
      candidatesOf(found, view).map(({ code, share }) => ({
        code: atSignIn(code, one.probe),
        confidence: Math.min(0.99, found.sure * share),
        because: one.probe,
      })),
    );
}

/** Of several proofs of one finding the best counts. */
function best(all: readonly Ranked[]): Ranked[] {
  const byCode = new Map<FindingCode, Ranked>();
  for (const one of all) {
    const before = byCode.get(one.code);
    if (before === undefined || before.confidence < one.confidence) byCode.set(one.code, one);
  }
  return [...byCode.values()];
}

/** Where a narrower finding is about as sure, the broader one says nothing more. */
function narrowed(all: readonly Ranked[]): Ranked[] {
  return all.map((one) => {
    const narrower = all.filter(({ code }) => code !== one.code && withBroader(code).includes(one.code));
    const beaten = narrower.some(({ confidence }) => confidence >= sureEnough);
    return beaten ? { ...one, confidence: one.confidence * 0.6 } : one;
  });
}

/** What fails at an earlier step explains what fails later: a name that does not resolve has no bad password. */
const later = 0.8;

function staged(all: readonly Ranked[]): Ranked[] {
  const sure = all.filter(({ confidence }) => confidence >= sureEnough);
  const first = Math.min(...sure.map(({ because }) => probeNames.indexOf(because)));
  return all.map((one) =>
    probeNames.indexOf(one.because) > first ? { ...one, confidence: one.confidence * later } : one,
  );
}

/**
 * The findings that fit, the likeliest first; `unknown` alone where something failed and nothing is recognised. Empty:
 * nothing failed.
 * @param area overrides where the answers were met; for texts of other programs
 */
export function rank(all: readonly Observation[], context: Context, area?: Area | null): Ranked[] {
  const weighed = all.flatMap((one) =>
    weigh(one, all, context, area === undefined ? areaOf(one.probe) : area),
  );
  const tried = all.filter(({ retry }) => retry === undefined);
  const merged = best(staged(narrowed(best(weighed))))
    .filter(({ confidence }) => confidence >= leastConfidence)
    .toSorted((a, b) => b.confidence - a.confidence);
  if (merged.length > 0)
    return merged.map((one) => ({ ...one, confidence: Math.round(one.confidence * 100) / 100 }));
  const failed = tried.find(({ ok }) => !ok);
  return failed === undefined ? [] : [{ code: "unknown", confidence: 0, because: failed.probe }];
}

/**
 * The one finding to state: the likeliest where that is sure enough, else the narrowest broader one that covers it and the
 * runner-up.
 * @returns null when nothing failed
 */
export function conclude(all: readonly Observation[], context: Context): Ranked | null {
  const ranked = rank(all, context);
  const [top, second] = ranked;
  if (top === undefined) return null;
  if (top.confidence >= sureEnough && (second === undefined || top.confidence - second.confidence >= 0.05))
    return top;
  const rival = second !== undefined && second.confidence >= top.confidence - 0.2 ? second : top;
  const shared = withBroader(top.code).find((code) => withBroader(rival.code).includes(code));
  return shared === undefined || findingKind(shared) === undefined ? top : { ...top, code: shared };
}

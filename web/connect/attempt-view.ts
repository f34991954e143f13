/**
 * Which screen an attempt needs. The server moves it on:
 *
 *   waiting ──▶ authorizing ──▶ verifying ──▶ connected, or kept until the mailbox is ready
 *                                  └──▶ finding (sign in again, test again) ──▶ proving (an alias)
 *                                                                         any of them ──▶ expired
 */
import type { Attempt, Check, Finding } from "../api/gen/model/index.ts";

export type AttemptScreen = "share" | "device" | "verify" | "finding" | "connected" | "kept" | "expired";

/** While somebody is expected to act elsewhere, and while checks tick, in ms. */
const waitingMs = 2_000;
/** A finding may be mended in another browser: by the mailbox's owner, who has the link. */
const findingMs = 5_000;
const tickingMs = 700;

export function attemptScreen({
  step,
  flow,
  device,
}: Pick<Attempt, "step" | "flow" | "device">): AttemptScreen {
  switch (step) {
    case "waiting":
    case "authorizing":
      return flow === "device" && device !== null ? "device" : "share";
    case "verifying":
    case "proving":
      return "verify";
    case "finding":
    case "connected":
    case "kept":
    case "expired":
      return step;
  }
}

/** How soon to ask the server again, in ms; false: nothing more will happen by itself. */
export function pollMs(step: Attempt["step"] | undefined): number | false {
  switch (step) {
    case undefined:
    case "connected":
    case "kept":
    case "expired":
      return false;
    case "finding":
      return findingMs;
    case "verifying":
      return tickingMs;
    case "waiting":
    case "authorizing":
    case "proving":
      return waitingMs;
  }
}

/** Of six bars: how many are lit while an attempt is at this screen. */
export function litSteps(screen: AttemptScreen): number {
  if (screen === "share" || screen === "device" || screen === "expired") return 3;
  return screen === "connected" ? 5 : 4;
}

/** Seconds as people read them on a checklist: `0.4`, `12`. */
export const checkSeconds = (ms: number, locale: string): string =>
  new Intl.NumberFormat(locale, {
    minimumFractionDigits: ms < 10_000 ? 1 : 0,
    maximumFractionDigits: ms < 10_000 ? 1 : 0,
  }).format(ms / 1000);

/** The list before the server has one, so that nothing jumps. */
export const freshChecks: readonly Check[] = (["account", "mailbox", "reading", "sending"] as const).map(
  (step) => ({
    step,
    state: "waiting",
    ms: null,
  }),
);

export type WayOut = Finding["steps"][number];

/** Ways that are a button and nothing else: where it cannot be pressed, there is nothing to read. */
const buttonsAlone: ReadonlySet<WayOut["action"]> = new Set(["use_graph", "test_again"]);

/** The ways out that somebody can go here. */
export const openWays = (ways: readonly WayOut[], able: ReadonlySet<WayOut["action"]>): WayOut[] =>
  ways.filter(({ action }) => !buttonsAlone.has(action) || able.has(action));

/** The ways out that have a button here: a test needs a permission that is kept, and the right to ask for it. */
export function usableAction(way: WayOut, able: ReadonlySet<WayOut["action"]>): WayOut["action"] {
  if (way.action === "open_link" || way.action === "none") return way.link === null ? "none" : "open_link";
  return able.has(way.action) ? way.action : "none";
}

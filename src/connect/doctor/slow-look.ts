/**
 * A look at the server beside a sign-in that takes long: a program that waits for the greeting of another service would wait
 * until its time is over.
 */
import { HitchpostError } from "../../core/errors.ts";
import type { Observation } from "./observation.ts";

type Look = (timeoutMs: number) => Promise<Observation[]>;

export interface SlowLook {
  /** Ends the sign-in when another service speaks there. */
  signal: AbortSignal;
  /** The look that was made, or a new one; undefined: there is none to be had. */
  look: Look | undefined;
  /** The sign-in is over. */
  done(): void;
}

/** Servers that are well have long answered. */
const slowMs = 2_500;
const lookMs = 6_000;

/** @param look left out: there is nothing to be looked at */
export function slowLook(look: Look | undefined): SlowLook {
  const giveUp = new AbortController();
  if (look === undefined) return { signal: giveUp.signal, look, done: () => undefined };
  let begun: Promise<Observation[]> | null = null;
  const timer = setTimeout(() => {
    begun = look(lookMs).then((seen) => {
      if (seen.some(({ answer }) => answer?.startsWith(otherService) === true))
        giveUp.abort(new HitchpostError("network_timeout", "Another service speaks there."));
      return seen;
    });
  }, slowMs);
  return {
    signal: giveUp.signal,
    look: (timeoutMs) => begun ?? look(timeoutMs),
    done: () => clearTimeout(timer),
  };
}

/** How `net/look.ts` marks what is no greeting of the protocol. */
const otherService = "unexpected greeting";

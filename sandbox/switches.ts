/**
 * What can be switched at a persona's mailbox: "Let devices and apps use IMAP" (and POP), and whether a new mailbox is
 * made. Kept in one small file of the data directory, so that it outlives a restart.
 */

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Persona } from "./personas/persona.ts";

/** How a persona's mailbox stands. */
export type SwitchState = { imap: boolean; pop: boolean; ready: boolean };

type Kept = {
  imap?: boolean;
  pop?: boolean;
  ready?: boolean;
  /** When a mailbox that is not made yet was first asked for, milliseconds since 1970. */
  askedAt?: number;
};

/** How long after it was first asked for a new mailbox is ready by itself. */
export const readyAfterMs = 10 * 60_000;

export type Switches = ReturnType<typeof openSwitches>;

/** Reads the switches of a data directory, which exists. */
export function openSwitches(dataDir: string, clock: { now(): number }) {
  const file = join(dataDir, "switches.json");
  const kept = readKept(file);
  let afterMs = readyAfterMs;
  const change = (persona: Persona, more: Kept): void => {
    kept.set(persona.id, { ...kept.get(persona.id), ...more });
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const stateOf = (persona: Persona): SwitchState => {
    const { switchedOff = [], notReady = false } = persona.trouble ?? {};
    const own = kept.get(persona.id) ?? {};
    const waited = own.askedAt !== undefined && clock.now() >= own.askedAt + afterMs;
    return {
      imap: own.imap ?? !switchedOff.includes("imap"),
      pop: own.pop ?? !switchedOff.includes("pop"),
      ready: own.ready ?? (!notReady || waited),
    };
  };
  return {
    stateOf,
    /** Notes that the mailbox was asked for: a new one is ready a while after. */
    asked(persona: Persona): void {
      if (!stateOf(persona).ready && kept.get(persona.id)?.askedAt === undefined)
        change(persona, { askedAt: clock.now() });
    },
    set: (persona: Persona, switched: Partial<SwitchState>): void => change(persona, switched),
    /** How long new mailboxes take from now on, milliseconds. */
    setReadyAfter(ms: number): void {
      afterMs = ms;
    },
  };
}

function readKept(file: string): Map<string, Kept> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Kept>));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map(); // nothing was switched yet
    throw error;
  }
}

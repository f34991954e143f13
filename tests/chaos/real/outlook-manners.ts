/**
 * What Outlook does to its clients, put before a server that does not: a command is answered `BAD Request is throttled.
 * Suggested Backoff Time: N milliseconds` and not passed on, or the session ends with a BYE. It stays honest IMAP: an answer
 * comes only in the place of a command that no other one is under way with, never inside of a literal (RFC 9051 2.2.1, 4.3).
 */
import type { Wiretap } from "../../support/relay.ts";

/** Towards one mailbox, over all of its connections. */
export interface OutlookManners {
  tap(): Wiretap;
  /** Throttles from the next command on, for so long. */
  throttle(ms: number): void;
  /** Ends the session that gives the next command, as when its access token has expired. */
  sayBye(): void;
  /** Commands that were refused in all. */
  readonly refused: number;
  /** Commands that came more than `graceMs` after the first refusal, while its pause was not over. */
  readonly early: number;
}

/** What another connection had sent before it could know of the pause. */
const graceMs = 300;
const refusable =
  /^(\S+) (?:UID )?(?:FETCH|STORE|SEARCH|MOVE|COPY|STATUS|SELECT|EXAMINE|LIST|NOOP|NOTIFY)\b/i;

export function createOutlookManners(): OutlookManners {
  const state = { armedMs: 0, firstAt: 0, until: 0, refused: 0, early: 0, bye: false };
  const answerFor = (tag: string): { text: string; end?: "end" } | null => {
    if (state.bye) {
      state.bye = false;
      return { text: "* BYE Session invalidated - AccessTokenExpired\r\n", end: "end" };
    }
    const now = performance.now();
    if (state.armedMs > 0) [state.firstAt, state.until, state.armedMs] = [now, now + state.armedMs, 0];
    if (now >= state.until) return null;
    state.refused += 1;
    if (now > state.firstAt + graceMs) state.early += 1;
    const leftMs = Math.ceil(state.until - now);
    return { text: `${tag} BAD Request is throttled. Suggested Backoff Time: ${leftMs} milliseconds\r\n` };
  };
  return {
    tap: () => createTap(answerFor),
    throttle: (ms) => (state.armedMs = ms),
    sayBye: () => (state.bye = true),
    get refused() {
      return state.refused;
    },
    get early() {
      return state.early;
    },
  };
}

function createTap(answerFor: (tag: string) => { text: string; end?: "end" } | null): Wiretap {
  const open = new Set<string>();
  const client = createSplitter();
  const server = createSplitter();
  return {
    there(data, answer) {
      const passed: Buffer[] = [];
      for (const { bytes, begins } of client(data)) {
        const line = begins ? bytes.toString("latin1") : "";
        const tag = /^(\S+) /.exec(line)?.[1];
        const whole = !/\{\d+\+?\}\r\n$/.test(line);
        const ours =
          tag !== undefined && refusable.test(line) && whole && open.size === 0 ? answerFor(tag) : null;
        if (ours !== null) {
          answer(ours.text, ours.end);
          continue;
        }
        if (tag !== undefined) open.add(tag);
        passed.push(bytes);
      }
      return Buffer.concat(passed);
    },
    back(data) {
      for (const { bytes, begins } of server(data)) {
        const tag = begins ? /^(\S+) (?:OK|NO|BAD)\b/i.exec(bytes.toString("latin1"))?.[1] : undefined;
        if (tag !== undefined) open.delete(tag);
      }
      return data; // as it came: half a line, too
    },
  };
}

interface Piece {
  bytes: Buffer;
  /** A whole line that begins a command or a response, and is not its rest behind a literal. */
  begins: boolean;
}

/** Cuts a stream into lines and literals. A line is given out when it is whole; what a literal holds, as it comes. */
function createSplitter(): (data: Buffer) => Piece[] {
  let pending = Buffer.alloc(0);
  let literal = 0;
  let begins = true;
  return (data) => {
    const pieces: Piece[] = [];
    pending = Buffer.concat([pending, data]);
    while (pending.length > 0) {
      const end = literal > 0 ? Math.min(literal, pending.length) : pending.indexOf("\r\n") + 2;
      if (literal === 0 && end < 2) break;
      const bytes = pending.subarray(0, end);
      pending = pending.subarray(end);
      pieces.push({ bytes, begins: begins && literal === 0 });
      if (literal > 0) {
        literal -= end;
        continue;
      }
      literal = Number(/\{(\d+)\+?\}\r\n$/.exec(bytes.toString("latin1"))?.[1] ?? 0);
      begins = !/\{\d+\+?\}\r\n$/.test(bytes.toString("latin1"));
    }
    return pieces;
  };
}

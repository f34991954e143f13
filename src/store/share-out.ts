/**
 * How mailboxes are shared out over the processes: evenly, and with as few moves as that takes. Pure: every process
 * works it out for itself from the same rows and comes to the same answer.
 */

export interface Sharer {
  processId: string;
  /** Mailboxes it takes at most; null: any number; 0: it is leaving. */
  max: number | null;
  /** Mailboxes it owns now. */
  owned: number;
}

const roomOf = ({ max }: Sharer): number => max ?? Number.POSITIVE_INFINITY;

/**
 * How many of `total` mailboxes each should own. Shares differ by one at most, but for those whose maximum is below their
 * share. Who owns more already gets the odd ones, so that a difference of one moves nothing; ids decide between equals.
 *
 * @returns process id → share; they add up to `total`, or to what all may take together
 */
export function shareOut(total: number, sharers: readonly Sharer[]): Map<string, number> {
  const shares = new Map(sharers.map(({ processId }) => [processId, 0]));
  let left = total;
  // Those with the least room first: what they cannot take is shared out over the others.
  const waiting = [...sharers].sort((a, b) => roomOf(a) - roomOf(b) || 0);
  for (let one = waiting[0]; one !== undefined; one = waiting[0]) {
    if (roomOf(one) > Math.floor(left / waiting.length)) break;
    waiting.shift();
    shares.set(one.processId, roomOf(one));
    left -= roomOf(one);
  }
  const each = waiting.length === 0 ? 0 : Math.floor(left / waiting.length);
  const odd = left - each * waiting.length;
  waiting
    .sort((a, b) => b.owned - a.owned || (a.processId < b.processId ? -1 : 1))
    .forEach(({ processId }, place) =>
      shares.set(processId, each + (waiting.length > 0 && place < odd ? 1 : 0)),
    );
  return shares;
}

export interface Turn {
  /** Mailboxes without an owner to take now. */
  take: number;
  /** Mailboxes to hand over now. */
  give: number;
}

export interface CensusProcess extends Sharer {
  /** It has lived for long enough to be handed something: see `settledAfterMs` in census.ts. */
  settled: boolean;
}

export interface Census {
  /** Mailboxes that should be looked after. */
  total: number;
  /** Of these, the ones that nobody alive owns. */
  free: number;
  /** The living. */
  processes: readonly CensusProcess[];
}

/**
 * What this process does about its share. It takes by a share among all the living, and gives by a share among those
 * that have settled: one that has just started may be the successor of one that has just died, whose mailboxes come free
 * in a moment, and then nothing has to move.
 *
 * @param processId this process; one that is not among the living does nothing
 */
export function turnOf({ total, free, processes }: Census, processId: string): Turn {
  const self = processes.find((process) => process.processId === processId);
  if (self === undefined) return { take: 0, give: 0 };
  const share = shareOut(total, processes).get(processId) ?? 0;
  const settled = processes.filter((process) => process.settled || process === self);
  const keep = shareOut(total, settled).get(processId) ?? 0;
  return {
    take: Math.min(free, Math.max(0, share - self.owned)),
    // First everything has an owner, then it is evened out.
    give: free > 0 ? 0 : Math.max(0, self.owned - keep),
  };
}

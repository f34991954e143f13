/**
 * Refreshes of this process: each mailbox has one at a time, which all who want it share, and a few mailboxes go at once.
 * A refresh holds a connection to the database while the identity provider thinks: should that be slow, the rest of the
 * program must not wait for connections.
 */
export interface RefreshQueue {
  /** Joins the refresh of `key` that is under way, or runs `work` when its turn comes. */
  once(key: string, work: () => Promise<string>): Promise<string>;
}

export function createRefreshQueue(atOnce = 4): RefreshQueue {
  const running = new Map<string, Promise<string>>();
  const waiting: (() => void)[] = [];
  let free = atOnce;
  const inTurn = async (work: () => Promise<string>): Promise<string> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
  return {
    once(key, work) {
      const known = running.get(key);
      if (known) return known;
      const job = inTurn(work).finally(() => running.delete(key));
      running.set(key, job);
      return job;
    },
  };
}

/** A door that many pass at once and that one can shut: nobody is inside then, and nobody comes in. */
export interface Gate {
  /** Waits while it is shut. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Waits until all are out; one at a time. */
  shut<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(): Gate {
  let shutting: Promise<unknown> = Promise.resolve();
  const inside = new Set<Promise<unknown>>();
  return {
    async pass(work) {
      for (let seen: unknown = null; seen !== shutting;) {
        seen = shutting;
        await shutting;
      }
      const running = work();
      const entry = running.catch(() => undefined); // told to the caller
      inside.add(entry);
      try {
        return await running;
      } finally {
        inside.delete(entry);
      }
    },
    shut(work) {
      const turn = shutting.then(async () => {
        await Promise.all(inside);
        return work();
      });
      shutting = turn.catch(() => undefined); // told to the caller
      return turn;
    },
  };
}

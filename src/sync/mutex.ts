/** One at a time, in the order of asking. Keeps the writers of one mailbox from matching against half-written rows. */
export interface Mutex {
  /** Runs `work` when everything asked for before has ended; failures of others do not concern it. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run<T>(work: () => Promise<T>): Promise<T> {
      const mine = last.then(work, work);
      last = mine.catch(() => undefined); // the caller gets the failure; the next in line only waits for the end
      return mine;
    },
  };
}

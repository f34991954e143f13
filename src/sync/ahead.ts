/**
 * A chain of steps (the pages of a folder: each is known when the one before was listed), and for each of them work that takes
 * its time. Some of that work is under way while the caller uses what is done: neither server nor processor waits for the other.
 */
export interface Chain<Step, Result> {
  first(): Promise<Step>;
  /** Null: that was the last. */
  after(step: Step): Promise<Step> | null;
  bring(step: Step): Promise<Result>;
  /** Asked before each step but the first; false: no more of them. What was begun is still given out. */
  goesOn(begun: number): Promise<boolean>;
  /** So many steps at most are under way while the caller uses one. */
  depth: number;
  /** The first is brought and used before anything else is begun: it is waited for most. */
  firstAlone: boolean;
}

/** Yields the results in order. What is under way when the caller leaves goes on, and nobody hears of it. */
export async function* ahead<Step, Result>(chain: Chain<Step, Result>): AsyncGenerator<Result> {
  const coming: Promise<{ result: Result } | null>[] = [];
  let latest: Promise<Step | null> | null = null;
  let begun = 0;
  let ended = false;
  const begin = (): void => {
    const before = latest;
    const step =
      before === null ? chain.first() : before.then((known) => (known === null ? null : chain.after(known)));
    const result = step.then(async (known) => (known === null ? null : { result: await chain.bring(known) }));
    result.catch(() => undefined); // awaited in its turn, unless one before failed
    latest = step;
    begun += 1;
    coming.push(result);
  };
  const beginUpTo = async (depth: number): Promise<void> => {
    while (!ended && coming.length < depth) {
      if (begun > 0 && !(await chain.goesOn(begun))) ended = true;
      else begin();
    }
  };
  await beginUpTo(chain.firstAlone ? 1 : chain.depth);
  for (let alone = chain.firstAlone; ; alone = false) {
    const next = await coming.shift();
    if (next === undefined || next === null) return;
    if (!alone) await beginUpTo(chain.depth);
    yield next.result;
    if (alone) await beginUpTo(chain.depth);
  }
}

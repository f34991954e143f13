/** Watching the folders (MailSource.watch): what it tells makes folders due, its end is noted and never stops the peeks. */
import { isFolderError } from "./head-round.ts";
import type { LiveParts, State } from "./live-parts.ts";

export const pathsOf = (state: State): string => JSON.stringify(state.folders.map((folder) => folder.path));

export interface Watcher {
  /** The folders' paths, as one text. */
  watches: string;
  /** True when watching ended by itself; throws what ended it when that concerns more than a folder. */
  ended(): boolean;
  stop(): Promise<void>;
}

/** Begins at once. */
export function startWatch({ ctx, source, options, state, wake }: LiveParts): Watcher {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const ids = new Map(state.folders.map((folder) => [folder.path, folder.id]));
  let failure: { error: unknown } | null = null;
  let over = false;
  state.watched = false;
  state.rewatchAt = ctx.clock.monotonic() + options.tempo.peekMs;
  state.nextPeekAt = 0;
  const watching = (async () => {
    try {
      for await (const event of source.watch([...ids.keys()], signal)) {
        const id = event.folderPath === null ? undefined : ids.get(event.folderPath);
        if (id !== undefined) state.due.add(id);
        if (event.folderPath === null) {
          state.watched = true;
          state.nextPeekAt = 0;
        }
        wake.notify();
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = { error };
      ctx.log.warn({ err: error }, "watching ended; peeks go on");
    }
    over = true;
    state.watched = false;
    state.nextPeekAt = Math.min(state.nextPeekAt, ctx.clock.monotonic() + options.tempo.peekMs);
    wake.notify();
  })();
  return {
    watches: pathsOf(state),
    ended() {
      if (failure !== null && !isFolderError(failure.error)) throw failure.error;
      return over;
    },
    async stop() {
      stopping.abort(new Error("watching another set of folders"));
      await watching;
    },
  };
}

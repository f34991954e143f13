/** Runs what `serve` and `worker` start until SIGTERM, SIGINT or, when its terminal goes away, SIGHUP. */

/** A stop that takes longer is ended by force. */
const stopDeadlineMs = 14_000;

const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

interface Running {
  stop(): Promise<void>;
}

/** @param onReady not called when it was told to stop while it started */
export async function runUntilStopped<T extends Running>(
  start: () => Promise<T>,
  onReady: (running: T) => void,
): Promise<void> {
  let running: T | null = null;
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
    if (running) end(running); // else it ends as soon as it has started: half of a start leaves things behind
  };
  for (const signal of stopSignals) process.on(signal, stop);
  running = await start();
  if (stopping) end(running);
  else onReady(running);
}

const end = (running: Running): void => void running.stop().then(() => process.exit(0));

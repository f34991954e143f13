/**
 * What work cost, whoever else keeps the machine busy: a limit in milliseconds of the wall clock says as much of the
 * neighbours as of the code. For work of one thread, without waiting.
 */

/** Milliseconds of processor that this process has used since `begun` (default: since its start). */
export function processorMs(begun = 0): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 - begun;
}

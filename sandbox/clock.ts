/** The real clock. Everything else gets a Clock passed in, so that tests can move time. */

import type { Clock } from "./contract.ts";

export const systemClock: Clock = { now: () => Date.now() };

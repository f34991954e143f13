/** Three short runs with changes of the transport (docs/chaos.md); the many are `npm run chaos -- --transports`. */
import { expect, inject, test } from "vitest";
import { runTransportCampaign } from "./transports/campaign.ts";
import type { TransportRun } from "./transports/run.ts";

test("a mailbox that changes between IMAP, Graph and POP3 in the middle of everything loses nothing and doubles nothing", async () => {
  const runs: TransportRun[] = [];
  await runTransportCampaign({
    serverUrl: inject("postgresUrl"),
    seeds: [3, 11, 24],
    short: true,
    onResult: (run) => void runs.push(run),
  });
  expect(runs.map(({ seed, differences }) => ({ seed, differences }))).toEqual(
    [3, 11, 24].map((seed) => ({ seed, differences: [] })),
  );
  const kinds = runs.flatMap(({ faults }) => Object.keys(faults));
  expect(kinds.filter((kind) => kind.startsWith("change ")).length).toBeGreaterThan(2);
}, 60_000);

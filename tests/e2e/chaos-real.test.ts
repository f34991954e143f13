/** Runs with real processes that are killed, stopped and cut off; server, database and model agree at the end (docs/chaos.md). */
import { expect, test } from "vitest";
import { runCampaign } from "../chaos/real/campaign.ts";
import { calamityKinds } from "../chaos/real/calamities.ts";
import { summarise } from "../chaos/real/command.ts";

const seed = 1;
const runs = 10;

test(
  "ten runs from fixed seeds: nothing lost, nothing doubled, each reply left once",
  { timeout: 300_000 },
  async () => {
    const campaign = await runCampaign({
      runs,
      seed,
      jobs: runs,
      slow: false,
      turmoilMs: 6_000,
      onReport: () => undefined,
    });
    const { reports, faults, repliesLeft, newMails } = summarise(campaign);
    const told = reports.flatMap((report) =>
      report.differences.map((text) => `seed ${report.seed}: ${text}`),
    );
    expect(
      told,
      `replay: npm run chaos -- --real --runs ${runs} --seed ${seed}; logs: ${campaign.logs}`,
    ).toEqual([]);
    // That nothing differed says something only where something happened.
    expect(reports).toHaveLength(runs);
    expect(repliesLeft).toBeGreaterThan(0);
    expect(newMails).toBeGreaterThan(10);
    expect(calamityKinds.filter((kind) => (faults[kind] ?? 0) > 0).length).toBeGreaterThan(2);
  },
);

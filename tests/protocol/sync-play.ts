/** Plays the scenarios of sync over servers: one list, whatever the server. What one cannot do stands in its variant. */
import { afterAll, beforeAll, describe, test } from "vitest";
import type { ServerVariant } from "../support/mail-servers.ts";
import type { SyncScenario } from "./sync-scenario.ts";
import { folderScenarios } from "./sync-scenarios-folders.ts";
import { importScenarios } from "./sync-scenarios-import.ts";
import { liveScenarios } from "./sync-scenarios-live.ts";
import { writingScenarios } from "./sync-scenarios-writing.ts";
import { openStage, openTheatre, type Theatre } from "./sync-stage.ts";

const scenarios: SyncScenario[] = [
  ...importScenarios,
  ...liveScenarios,
  ...folderScenarios,
  ...writingScenarios,
];

/** Side by side: they wait most of their time, and each has a mailbox and a database of its own. */
export function playOver(variants: readonly ServerVariant[]): void {
  describe.each(variants)("$name", (variant) => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await openTheatre(variant);
    });
    afterAll(() => theatre?.close());

    for (const { name, needs, tempo, play } of scenarios) {
      const missing = needs?.map((need) => variant.cannot[need]).find((reason) => reason !== undefined);
      if (missing !== undefined) {
        test.skip(`${name} (not here: ${missing})`, () => undefined);
        continue;
      }
      test.concurrent(name, async () => {
        const stage = await openStage(theatre, tempo === undefined ? {} : { tempo });
        try {
          await play(stage);
        } finally {
          await stage.close();
        }
      });
    }
  });
}

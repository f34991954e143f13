import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The longest files of each project, the longest first: begun last, one would run alone at the end. */
const longest = [
  "store/sync-faults",
  "store/threading.prop",
  "store/sharing",
  "store/backup",
  "store/api-http",
  "store/embedded",
  "store/sync-folders",
  "store/connect-tokens",
  "protocol/sync-others",
  "protocol/mail-source",
  "protocol/sync-dovecot",
  "protocol/sync-churn",
  "protocol/personas",
  "protocol/connect-password",
  "protocol/junk-servers",
  "e2e/page",
  "e2e/chaos-real",
  "e2e/workers",
  "e2e/import-dovecot",
  "e2e/import-faults",
  "e2e/package",
  "e2e/resilience",
];

const rank = ({ moduleId }: TestSpecification): number => {
  const place = longest.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`));
  return place === -1 ? longest.length : place;
};

/** How long `expect.poll` tries; by default a second, which a busy machine takes for a picture out of a mailbox. */
const poll = { poll: { timeout: 15_000 } };

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/**
 * One project a kind of test; `tools/test.ts` runs them in turn and adds up their counts.
 *
 * `isolate: false`: one process runs file after file and loads a module once. To load everything anew for each file cost
 * half of the processor's time. So a file leaves nothing behind: no fake clock, no server, no changed environment.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "src/**/*.test.ts",
            "sandbox/**/*.test.ts",
            "web/**/*.test.{ts,tsx}",
            "tools/**/*.test.ts",
          ],
          testTimeout: 30_000,
          isolate: false,
          maxWorkers: 2,
        },
      },
      { test: { name: "arch", include: ["tests/arch/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "store",
          expect: poll,
          isolate: false,
          include: ["tests/store/**/*.test.ts"],
          globalSetup: ["tests/support/postgres-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 4, // they wait for deadlines and for PostgreSQL
        },
      },
      {
        test: {
          name: "protocol",
          expect: poll,
          isolate: false,
          include: ["tests/protocol/**/*.test.ts", "tests/chaos/**/*.test.ts"],
          globalSetup: ["tests/support/postgres-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 5, // most of their time is waiting for servers
        },
      },
      {
        test: {
          name: "e2e",
          expect: poll,
          include: ["tests/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 4, // most of their time is waiting: for imports, restarts, deadlines
        },
      },
    ],
  },
});

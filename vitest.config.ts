import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Short files with long tests: begun last, they would run alone at the end. */
const longest = ["tests/e2e/chaos-real.test.ts"];

const isLong = ({ moduleId }: TestSpecification): boolean => longest.some((name) => moduleId.endsWith(name));

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** One project a kind of test; `tools/test.ts` runs them in turn and adds up their counts. */
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
          testTimeout: 10_000,
        },
      },
      { test: { name: "arch", include: ["tests/arch/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "store",
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
          include: ["tests/protocol/**/*.test.ts", "tests/chaos/**/*.test.ts"],
          globalSetup: ["tests/support/postgres-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 4, // most of their time is waiting for servers
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 3, // most of their time is waiting: for imports, restarts, deadlines
        },
      },
    ],
  },
});

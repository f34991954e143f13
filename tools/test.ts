/** `npm test`: installs what the tests need, builds the page, runs every project, and ends with the sum of all runners. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { ensureCyrus } from "./debian-cyrus.ts";
import { ensureDebianPackages } from "./debian.ts";
import { testPlace } from "./test-place.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const runOne = (project: string): string[] => [vitest, "run", "--project", project];

/** What is run, in this order: project → command. The store's tests run twice, on both kinds of PostgreSQL. */
const projects: Record<string, string[]> = {
  arch: runOne("arch"),
  unit: runOne("unit"),
  store: runOne("store"),
  "store-external": [join(root, "tools/test-store-external.ts")],
  protocol: runOne("protocol"),
  e2e: runOne("e2e"),
};

/** Run side by side, told one after the other: the first are short, the others wait for deadlines most of their time. */
const together: readonly (readonly string[])[] = [
  ["arch", "unit"],
  ["store", "store-external"],
];

interface Sum {
  passed: number;
  failed: number;
  skipped: number;
  /** Each failure: its file, its name, and what it said. */
  failures: string[];
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** Longer than any project needs: one that hangs is a failure, not a wait. */
const projectLimitMs = 10 * 60_000;

function node(...args: string[]): number {
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    timeout: projectLimitMs,
  });
  if (error) process.stderr.write(`${args[0]}: ${error.message}\n`);
  return status ?? 1;
}

/** Runs one project, its words kept back when others run beside it; a file that could not even be loaded is a failure. */
async function runProject(project: string, directory: string, isAlone: boolean): Promise<Sum> {
  const file = join(directory, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const child = spawn(process.execPath, [...(projects[project] ?? []), ...reporters], {
    cwd: root,
    stdio: isAlone ? "inherit" : ["ignore", "pipe", "pipe"],
    timeout: projectLimitMs,
    // What the tests start compiles the same modules again and again.
    env: { ...process.env, TMPDIR: directory, NODE_COMPILE_CACHE: join(directory, "compiled") },
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data: Buffer) => said.push(data));
  const [status] = (await once(child, "close")) as [number | null];
  process.stdout.write(Buffer.concat(said));
  return sumOf(project, file, status);
}

function sumOf(project: string, file: string, status: number | null): Sum {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    const failures = failuresOf(report);
    if (failures.length === 0 && status !== 0)
      failures.push(`${project}: ended with ${status ?? "a signal"}`);
    return {
      passed: report.numPassedTests,
      failed: failures.length,
      skipped: report.numPendingTests + report.numTodoTests,
      failures,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [`${project}: it left no report`] };
  }
}

/** Each test that failed, and each file that could not be loaded or failed in a hook, with what it said. */
function failuresOf(report: Report): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const tests = assertionResults.filter((one) => one.status === "failed");
    if (status === "failed" && tests.length === 0) return [`${file}\n${indented(message)}`];
    return tests.map((one) => `${file}: ${one.fullName}\n${indented(one.failureMessages.join("\n"))}`);
  });
}

/** The beginning of what a failure says: enough to see which expectation it was, and where. */
function indented(text: string): string {
  const lines = stripVTControlCharacters(text).split("\n").slice(0, 12);
  return lines.map((line) => `    ${line.slice(0, 300)}`).join("\n");
}

/** The wanted projects, those that run together in one list. */
function inGroups(names: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const name of names) {
    const partners = together.find((group) => group.includes(name)) ?? [name];
    const group = groups.find(([first = ""]) => partners.includes(first));
    if (group === undefined) groups.push([name]);
    else group.push(name);
  }
  return groups;
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(projects);
const unknown = wanted.filter((name) => !(name in projects));
if (unknown.length > 0) {
  const known = Object.keys(projects).join(", ");
  process.stderr.write(`No such tests: ${unknown.join(", ")}. There are: ${known}.\n`);
  process.exit(2);
}
ensureDebianPackages();
ensureCyrus();
if (node("tools/build-web.ts", "--if-stale") !== 0) process.exit(1);
const directory = testPlace();
const sum: Sum = { passed: 0, failed: 0, skipped: 0, failures: [] };
for (const group of inGroups(wanted)) {
  const sums = await Promise.all(group.map((project) => runProject(project, directory, group.length === 1)));
  for (const one of sums) {
    sum.passed += one.passed;
    sum.failed += one.failed;
    sum.skipped += one.skipped;
    sum.failures.push(...one.failures);
  }
}
rmSync(directory, { recursive: true, force: true });
// Once more at the end, where it is looked for, and where it stays when only the end of a long log is kept.
for (const failure of sum.failures) process.stdout.write(`\nFAILED ${failure}\n`);
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exit(sum.failed === 0 && sum.passed > 0 ? 0 : 1);

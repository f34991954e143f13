/** Import directions of the rooms, the error catalogue, settings, sizes. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { configSchema } from "../../src/app/config.ts";
import { errorCatalogue } from "../../src/core/errors.ts";

const root = resolve(import.meta.dirname, "../..");

interface Cruise {
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
}

/** Reads the modules below `folders` of `directory` by the project's rules. */
function cruise(directory: string, folders: string[]): Cruise["summary"] {
  const tool = realpathSync(join(root, "node_modules/.bin/depcruise"));
  const args = [tool, "--config", join(root, ".dependency-cruiser.cjs"), "--output-type", "json", ...folders];
  const output = execFileSync(process.execPath, args, {
    cwd: directory,
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return (JSON.parse(output.toString()) as Cruise).summary;
}

test("rooms import only what they may", () => {
  const { totalCruised, violations } = cruise(root, ["src", "sandbox", "web"]);
  expect(totalCruised).toBeGreaterThan(300); // a cruiser that reads nothing finds nothing
  expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
});

test("a forbidden import is found", () => {
  const directory = mkdtempSync(join(root, "test-results-"));
  try {
    for (const room of ["core", "store"]) mkdirSync(join(directory, "src", room), { recursive: true });
    writeFileSync(join(directory, "src/store/rows.ts"), "export const rows = 1;\n");
    writeFileSync(
      join(directory, "src/core/wrong.ts"),
      'import { rows } from "../store/rows.ts";\nexport const wrong = rows;\n',
    );
    const { violations } = cruise(directory, ["src"]);
    expect(violations.map(({ rule }) => rule.name)).toContain("core-imports-only-itself");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

function* allSources(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* allSources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

const sources = [...allSources(join(root, "src"))].filter((path) => !path.includes(".test."));
const program = sources.map((path) => ({
  path: path.slice(root.length + 1),
  text: readFileSync(path, "utf8"),
}));

/** Codes that are thrown by name, and those that the tables of server answers (`…errors.ts`) name. */
function raisedCodes(): Set<string> {
  const raised = new Set<string>();
  for (const { path, text } of program.filter((file) => file.path !== "src/core/errors.ts")) {
    for (const [, code = ""] of text.matchAll(/new HitchpostError\(\s*"(\w+)"/g)) raised.add(code);
    if (!path.endsWith("errors.ts")) continue;
    for (const [, code = ""] of text.matchAll(/: "(\w+)"/g)) raised.add(code);
  }
  return raised;
}

test("every error of the catalogue is raised somewhere and stands in docs/errors.md", () => {
  const raised = raisedCodes();
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  const codes = Object.keys(errorCatalogue);
  expect(codes.filter((code) => !raised.has(code))).toEqual([]);
  expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

test("the environment is read in one place, and so is the clock", () => {
  const readers = program.filter(({ text }) => /process\.env\b/.test(text)).map(({ path }) => path);
  expect(readers.filter((path) => path !== "src/app/config.ts")).toEqual([]);
  const clocks = program.filter(({ text }) => /\bDate\.now\(\)/.test(text)).map(({ path }) => path);
  expect(clocks).toEqual(["src/core/clock.ts"]);
});

test("tests wait by `eventually`, which gives a busy machine its time", () => {
  const files = ["src", "sandbox", "tests", "web"].flatMap((room) => [...allSources(join(root, room))]);
  const waiting = files.filter((path) => readFileSync(path, "utf8").includes(["vi", "waitFor("].join(".")));
  expect(waiting.map((path) => path.slice(root.length + 1))).toEqual(["tests/support/eventually.ts"]);
});

test("at most 30 settings, each with our name", () => {
  const keys = Object.keys(configSchema.shape);
  expect(keys.length).toBeLessThanOrEqual(30);
  expect(keys.filter((key) => !key.startsWith("HITCHPOST_"))).toEqual(["DATABASE_URL"]);
});

test("the lint rules hold file and function sizes", () => {
  const rules = readFileSync(join(root, ".oxlintrc.json"), "utf8");
  expect(rules).toContain('"max-lines": ["error", { "max": 400');
  expect(rules).toContain('"max-lines-per-function": ["error", { "max": 60');
});

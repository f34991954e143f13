/** `npm run check`: types, lint, format, dead code, import directions. Runs all of them and fails if any does. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const checks: [string, string[]][] = [
  ["tsc", ["--noEmit", "-p", "tsconfig.json"]],
  ["tsc", ["--noEmit", "-p", "web/tsconfig.json"]],
  ["oxlint", ["--type-aware", "--deny-warnings", "."]],
  ["oxfmt", ["--check", "."]],
  ["knip", ["--no-progress"]],
  ["depcruise", ["--config", ".dependency-cruiser.cjs", "src", "sandbox", "web"]],
];

let failures = 0;
for (const [tool, args] of checks) {
  process.stdout.write(`\n> ${tool} ${args.join(" ")}\n`);
  const { status } = spawnSync(`node_modules/.bin/${tool}`, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) failures++;
}
process.stdout.write(
  failures === 0 ? "\nAll checks passed.\n" : `\n${failures} of ${checks.length} checks failed.\n`,
);
process.exit(failures === 0 ? 0 : 1);

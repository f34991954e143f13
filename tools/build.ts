/**
 * `npm run build`: the web page into dist/web, the program and the sandbox as JavaScript into dist/: what the published
 * package carries, since Node strips no types below node_modules. `--if-stale` leaves a page alone that is newer than its
 * sources; `npm pack` builds so.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(file: string, args: string[]): void {
  const { status } = spawnSync(file, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

run(process.execPath, ["tools/build-web.ts", ...process.argv.slice(2)]);
// A module that is gone from the sources must not stay in the package.
for (const folder of ["dist/src", "dist/sandbox"])
  rmSync(join(root, folder), { recursive: true, force: true });
run("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"]);

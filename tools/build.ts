/** `npm run build`: the web page into dist/web, the program as JavaScript into dist/ (for the published package). */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(file: string, args: string[]): void {
  const { status } = spawnSync(file, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

run(process.execPath, ["tools/build-web.ts"]);
run("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"]);

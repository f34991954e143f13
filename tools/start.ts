/**
 * `npm start`: builds the page if its sources are newer, then is `hitchpost serve`. npm runs a script by a shell, which does
 * not hand a signal on: who stops npm (a service manager, a container) would leave the server behind. So it watches its parent.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const built = spawnSync(process.execPath, ["tools/build-web.ts", "--if-stale"], {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  stdio: "inherit",
});
if (built.status !== 0) process.exit(1);

const parent = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, "SIGTERM");
}, 500);
watch.unref();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
  process.once(signal, () => clearInterval(watch));

process.argv.splice(2, Infinity, "serve");
await import("../src/app/main.ts");

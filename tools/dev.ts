/**
 * `npm run dev`: the page from its sources by Vite, changed in place while one edits, and behind it `hitchpost serve`, started
 * again when a file of src/ or sandbox/ changes. The address is that of `npm start`; the server itself listens one port higher.
 * (Not `node --watch`: it ends without waiting for the database of the server that it started.)
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { readConfig } from "../src/app/config.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const config = readConfig();
const pagePort = config.port === 0 ? 3000 : config.port;
const serverPort = pagePort + 1;
/** An editor writes several files, or one file twice: one restart. */
const settleMs = 300;

/** What the server answers; every other path is the page's (its own sources below /api too). */
const serverPaths = [
  "/v1",
  "/api/auth",
  "/oauth",
  "/sandbox",
  "/docs",
  "/openapi.json",
  "/healthz",
  "/readyz",
  "/metrics",
];

const serverEnv = {
  ...process.env,
  HITCHPOST_PORT: String(serverPort),
  HITCHPOST_PUBLIC_URL: config.publicUrl ?? `http://localhost:${pagePort}`,
};

let server: ChildProcess = startServer();
let restarting = false;
let timer: NodeJS.Timeout | undefined;

function startServer(): ChildProcess {
  return spawn(process.execPath, ["bin/hitchpost.js", "serve"], {
    cwd: root,
    stdio: "inherit",
    env: serverEnv,
  });
}

/** Waits until it is gone, and its database with it: the next one needs the data directory. */
async function stopServer(): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, "exit");
  server.kill("SIGTERM");
  await gone;
}

async function restart(file: string): Promise<void> {
  if (restarting) return;
  restarting = true;
  process.stdout.write(`\n${file} changed: the server starts again\n`);
  await stopServer();
  restarting = false;
  server = startServer();
}

for (const folder of ["src", "sandbox"]) {
  watch(join(root, folder), { recursive: true }, (_event, name) => {
    if (name === null || !name.endsWith(".ts") || name.endsWith(".test.ts")) return;
    clearTimeout(timer);
    timer = setTimeout(() => void restart(join(folder, name)), settleMs);
  });
}

const page = await createServer({
  configFile: join(root, "web/vite.config.ts"),
  clearScreen: false,
  server: {
    host: config.host,
    port: pagePort,
    strictPort: true,
    proxy: Object.fromEntries(
      serverPaths.map((path) => [path, { target: `http://127.0.0.1:${serverPort}` }]),
    ),
  },
});
await page.listen();

async function stop(): Promise<void> {
  clearTimeout(timer);
  await Promise.all([page.close(), stopServer()]);
  process.exit(0);
}
process.once("SIGINT", () => void stop());
process.once("SIGTERM", () => void stop());

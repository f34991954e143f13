/**
 * `npm run dev`: the page from its sources by Vite, changed in place while one edits, and behind it `hitchpost serve`, started
 * again when a file of src/ or sandbox/ changes. The address is that of `npm start`; the server itself listens one port higher.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { readConfig } from "../src/app/config.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const config = readConfig();
const pagePort = config.port === 0 ? 3000 : config.port;
const serverPort = pagePort + 1;

/** What the server answers; every other path is the page's (its sources in web/api too). */
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

const server = spawn(
  process.execPath,
  ["--watch-preserve-output", "--watch-path=src", "--watch-path=sandbox", "bin/hitchpost.js", "serve"],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      HITCHPOST_PORT: String(serverPort),
      HITCHPOST_PUBLIC_URL: config.publicUrl ?? `http://localhost:${pagePort}`,
    },
  },
);

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
page.printUrls();

async function stop(): Promise<void> {
  await page.close();
  if (server.exitCode === null && server.signalCode === null) {
    const gone = once(server, "exit");
    server.kill("SIGTERM");
    await gone;
  }
  process.exit(0);
}
process.once("SIGINT", () => void stop());
process.once("SIGTERM", () => void stop());
server.once("exit", () => void stop());

#!/usr/bin/env -S node --max-semi-space-size=8
// The flag: an import would else keep 100 MB more for objects that live for a moment (V8 makes it 32).
// Starts the command line with a Node that runs TypeScript as it is (24 or newer): in a clone that is the
// pinned npm package `node`; the published package carries compiled JavaScript in dist/ and needs no stripping.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const major = Number(process.versions.node.split(".")[0]);
if (major >= 24) {
  const source = new URL("../src/app/main.ts", import.meta.url);
  const compiled = new URL("../dist/src/app/main.js", import.meta.url);
  await import((existsSync(source) ? source : compiled).href);
} else {
  const pinned = here("../node_modules/node/bin/node");
  if (!existsSync(pinned)) {
    console.error(
      `Hitchpost needs Node 24 or newer; this is ${process.version}. Install Node 24, or run "npm ci" in a clone: it brings its own.`,
    );
    process.exit(1);
  }
  const child = spawn(pinned, [...process.execArgv, here("./hitchpost.js"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

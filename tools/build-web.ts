/**
 * Builds `web/` into `dist/web` by Vite, each script and style also compressed beside itself (the server sends those),
 * and says how much compressed script the first screen needs (at most 200 KB).
 * `--if-stale`: does nothing when `dist/web` is newer than every source. Exit code 1: the budget is broken.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "vite";

interface ManifestChunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const outputDir = join(root, "dist/web");
const budgetBytes = 200 * 1024;
/** The lazy chunks that the first screen after sign-in needs at once: itself, and its texts in one language. */
const firstScreen = ["inbox/InboxPage.tsx", "i18n/en.ts"];

/** The time of the newest file below a folder, in ms. */
function newestMs(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestMs(join(path, name))),
    stat.mtimeMs,
  );
}

function isFresh(): boolean {
  const built = join(outputDir, "index.html");
  if (!existsSync(built)) return false;
  const sources = [join(root, "web"), join(root, "package-lock.json"), join(root, "tools/build-web.ts")];
  const builtMs = statSync(built).mtimeMs;
  return sources.every((source) => newestMs(source) <= builtMs);
}

/** A chunk and all that it imports statically, by manifest key. */
function withImports(manifest: Record<string, ManifestChunk>, key: string, seen: Set<string>): Set<string> {
  const chunk = manifest[key];
  if (chunk === undefined || seen.has(key)) return seen;
  seen.add(key);
  for (const next of chunk.imports ?? []) withImports(manifest, next, seen);
  return seen;
}

/** What is text is written once more as `.br` and `.gz`: compressed once here, not at every request. */
function compressAssets(): void {
  const folder = join(outputDir, "assets");
  for (const name of readdirSync(folder).filter((file) => /\.(?:js|css|svg)$/.test(file))) {
    const bytes = readFileSync(join(folder, name));
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
}

function firstPaintBytes(): number {
  const manifest = JSON.parse(readFileSync(join(outputDir, ".vite/manifest.json"), "utf8")) as Record<
    string,
    ManifestChunk
  >;
  const keys = new Set<string>();
  for (const [key, chunk] of Object.entries(manifest)) {
    if (chunk.isEntry === true || firstScreen.includes(key)) withImports(manifest, key, keys);
  }
  const missing = firstScreen.find((key) => !keys.has(key));
  if (missing !== undefined)
    throw new Error(`${missing} is not in the manifest: name the first screen's chunks anew`);
  return [...keys].reduce(
    (sum, key) => sum + gzipSync(readFileSync(join(outputDir, manifest[key]?.file ?? ""))).length,
    0,
  );
}

if (process.argv.includes("--if-stale") && isFresh()) {
  process.exit(0);
}
await build({ configFile: join(root, "web/vite.config.ts"), logLevel: "warn" });
compressAssets();
const bytes = firstPaintBytes();
console.log(
  `web built into dist/web; first screen: ${(bytes / 1024).toFixed(0)} KB of compressed script (at most 200)`,
);
if (bytes > budgetBytes) {
  console.error("The first screen needs more than 200 KB of script: load something later.");
  process.exitCode = 1;
}

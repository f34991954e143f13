/** The running server's sandbox as a worker on the same machine sees it: by the file that the sandbox keeps while it runs. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SandboxLook } from "./apps.ts";
import { readySchema, type SandboxFacts } from "./sandbox-process.ts";

/** Reads the file when it has changed: its ports change when the sandbox was started again. */
export function lookAtSandbox(dataDir: string): SandboxLook {
  const file = join(dataDir, "sandbox", "ready.json");
  let seen: { atMs: number; facts: SandboxFacts } | null = null;
  return () => {
    try {
      const { mtimeMs } = statSync(file);
      if (seen?.atMs !== mtimeMs)
        seen = { atMs: mtimeMs, facts: readySchema.parse(JSON.parse(readFileSync(file, "utf8"))) };
    } catch {
      seen = null; // it does not run, or is just writing the file: its mailboxes are tried again in a moment
    }
    return seen?.facts ?? null;
  };
}

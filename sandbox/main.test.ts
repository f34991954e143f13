import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";

const main = join(import.meta.dirname, "main.ts");
const dataDir = mkdtempSync(join(tmpdir(), "sandbox-main-"));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

test(
  "says it is ready in one line, answers, and stops when its parent is gone",
  { timeout: 30_000 },
  async () => {
    const args = [main, "--data-dir", dataDir, "--exit-with-parent"];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    await once(reader, "line");
    const ready = JSON.parse(lines[0] ?? "") as { publicUrl: string; httpPort: number; imapPort: number };
    expect(ready).toMatchObject({ ready: true, publicUrl: `http://127.0.0.1:${ready.httpPort}` });
    expect(ready.imapPort).toBeGreaterThan(0);
    const discovery = await fetch(`${ready.publicUrl}/common/v2.0/.well-known/openid-configuration`);
    expect(discovery.status).toBe(200);
    const file = join(dataDir, "ready.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(ready);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(lines).toHaveLength(1);
    expect(existsSync(file)).toBe(false);
  },
);

test("wrong arguments end with 2 and the usage", { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, [main, "--http-port", "x"], { stdio: ["ignore", "ignore", "pipe"] });
  children.push(child);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(2);
  expect(errors).toContain("--data-dir");
});

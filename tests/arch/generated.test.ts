/** What is generated from the code is as the code says, and the lock file names no registry. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { allOperations } from "../../src/api/operations.ts";
import { renderDocs } from "../../tools/gen-docs.ts";
import { renderOpenApi } from "../../tools/gen-openapi.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("the tables in docs/", () => {
  const pages = Object.entries(renderDocs());
  expect(pages.length).toBeGreaterThan(2);
  for (const [path, text] of pages) expect(read(path), path).toBe(text);
});

test("docs/openapi.json", async () => {
  expect(read("docs/openapi.json")).toBe(await renderOpenApi());
});

test("the document names every operation, and each answers problems", () => {
  const { paths } = JSON.parse(read("docs/openapi.json")) as {
    paths: Record<string, Record<string, { operationId: string; responses: object }>>;
  };
  const documented = Object.values(paths).flatMap((path) => Object.values(path));
  expect(documented.map(({ operationId }) => operationId).toSorted()).toEqual(
    allOperations.map(({ schema }) => schema.operationId).toSorted(),
  );
  for (const { operationId, responses } of documented)
    expect([operationId, "4XX" in responses]).toEqual([operationId, true]);
});

/** Path below `directory` → text. */
function files(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(directory.length + 1), readFileSync(path, "utf8")];
    }),
  );
}

test("the page's client", () => {
  const place = mkdtempSync(join(tmpdir(), "hitchpost-gen-"));
  try {
    mkdirSync(join(place, "web/api"), { recursive: true });
    const needed = ["orval.config.ts", "package.json", "tsconfig.json", "docs/openapi.json"];
    const own = readdirSync(join(root, "web/api"))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `web/api/${name}`);
    for (const path of [...needed, ...own]) cpSync(join(root, path), join(place, path));
    symlinkSync(join(root, "node_modules"), join(place, "node_modules"));
    execFileSync(join(root, "node_modules/.bin/orval"), ["--config", "orval.config.ts"], {
      cwd: place,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const made = files(join(place, "web/api/gen"));
    expect(Object.keys(made).length).toBeGreaterThan(50);
    expect(files(join(root, "web/api/gen"))).toEqual(made);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

test("the lock file names no registry", () => {
  expect(read("package-lock.json")).not.toContain('"resolved": "http');
});

test("ARCHITECTURE.md is read in one sitting", () => {
  expect(read("ARCHITECTURE.md").trimEnd().split("\n").length).toBeLessThanOrEqual(100);
});

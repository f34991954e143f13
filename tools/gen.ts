/** `npm run gen`: everything that is generated from the code: the OpenAPI document, its client, and the tables in docs/. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { writeDocs } from "./gen-docs.ts";
import { writeOpenApi } from "./gen-openapi.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(file: string, args: string[]): void {
  const { status } = spawnSync(file, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

await writeOpenApi();
run("node_modules/.bin/orval", ["--config", "orval.config.ts"]);
writeDocs();

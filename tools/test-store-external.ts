/** Runs the store's tests against an external PostgreSQL, as DATABASE_URL names one, in place of the embedded 18. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startExternalPostgres } from "../tests/support/external-postgres.ts";

/**
 * What is about HTTP, rights, mail servers' faults, tokens of the provider, files beside the database or the embedded server
 * says nothing of another PostgreSQL: it runs once. So do chaos and what waits for its turn: other tests ask the same statements.
 */
const aboutOthers = [
  "api-http",
  "api-matrix",
  "api-people",
  "connect-tokens",
  "embedded",
  "opening",
  "shared-storage",
  "sync-faults",
  "sync-right-of-way",
  "sync-transports.chaos",
].flatMap((name) => ["--exclude", `tests/store/${name}.test.ts`]);

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const server = await startExternalPostgres();
process.stdout.write(`\nThe store's tests on an external PostgreSQL ${server.version}\n`);
const args = ["run", "--project", "store", ...aboutOthers, ...process.argv.slice(2)];
const child = spawn(process.execPath, [vitest, ...args], {
  stdio: "inherit",
  env: { ...process.env, TEST_DATABASE_URL: server.url },
});
const [code] = (await once(child, "exit")) as [number | null];
await server.stop();
process.exitCode = code ?? 1;

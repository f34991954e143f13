/** Runs the store's tests against an external PostgreSQL, as DATABASE_URL names one, in place of the embedded 18. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startExternalPostgres } from "../tests/support/external-postgres.ts";

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const server = await startExternalPostgres();
process.stdout.write(`\nThe store's tests on an external PostgreSQL ${server.version}\n`);
const child = spawn(process.execPath, [vitest, "run", "--project", "store", ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, TEST_DATABASE_URL: server.url },
});
const [code] = (await once(child, "exit")) as [number | null];
await server.stop();
process.exitCode = code ?? 1;

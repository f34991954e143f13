/** Runs the store's tests against an external PostgreSQL 15, as DATABASE_URL names one, in place of the embedded 18. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { postgres15Directory, startPostgres15 } from "../tests/support/postgres15.ts";

if (!existsSync(postgres15Directory)) {
  process.stdout.write(
    `No PostgreSQL 15 at ${postgres15Directory}: these tests are left out (Debian: apt install postgresql-15).\n`,
  );
  process.exit(0);
}
const server = await startPostgres15();
const child = spawn("vitest", ["run", "--project", "store", ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, TEST_DATABASE_URL: server.url },
});
const [code] = (await once(child, "exit")) as [number | null];
await server.stop();
process.exitCode = code ?? 1;

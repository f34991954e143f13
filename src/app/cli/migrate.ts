/** `hitchpost migrate`: the schema up to date, and nothing else. */
import { migrate } from "../../store/migrate.ts";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { openDatabase } from "../storage.ts";

export async function migrateCommand(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  const database = await openDatabase(config, log);
  try {
    const ran = await migrate(database.pool, { log });
    process.stdout.write(
      ran.length === 0 ? "The schema is up to date.\n" : `Brought forward: ${ran.join(", ")}\n`,
    );
  } finally {
    await database.close();
  }
}

/** The one-time token for the first owner: printed at start, kept in a 0600 file of the data directory, used up once. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import type { SetupGate } from "../api/deps.ts";
import { sameText } from "../api/principal.ts";
import { HitchpostError } from "../core/errors.ts";
import { isFresh } from "../store/people.ts";

export const setupTokenFile = (dataDir: string): string => join(dataDir, "setup-token");

/** @returns the gate, and the token while no owner exists */
export async function createSetupGate(
  pool: Pool,
  dataDir: string,
): Promise<SetupGate & { token: string | null }> {
  const file = setupTokenFile(dataDir);
  let needed = await isFresh(pool);
  const token = needed ? await readOrMakeToken(file) : null;
  if (!needed) await rm(file, { force: true });
  return {
    token,
    needed: async () => {
      // Another process on the same database may have made the owner; once made, it stays made.
      if (needed) needed = await isFresh(pool);
      return needed;
    },
    claim: async (given, work) => {
      const assertNeeded = async (): Promise<void> => {
        if (!(await isFresh(pool)))
          throw new HitchpostError("conflict", "The first owner exists already: sign in.");
      };
      await assertNeeded();
      if (token === null || !sameText(given, token)) {
        throw new HitchpostError("setup_token_invalid", "The one-time token is not right.");
      }
      const made = await oneAtATime(pool, async () => {
        await assertNeeded();
        return work();
      });
      needed = false;
      await rm(file, { force: true });
      return made;
    },
  };
}

const advisoryLock = "7523094288207667060";

/** Two requests with the right token at the same moment must not make two owners. */
async function oneAtATime<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [advisoryLock]);
    return await work();
  } finally {
    await client.query("ROLLBACK"); // lets the lock go; `work` has its own connections
    client.release();
  }
}

async function readOrMakeToken(file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch(() => ""); // missing: made below
  if (kept.trim().length >= 32) return kept.trim();
  const token = randomBytes(24).toString("base64url");
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}

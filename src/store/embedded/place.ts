/**
 * Where the embedded cluster lies and how it is reached, kept in `<data directory>/postgres.json` (0600). Normally that
 * is `<data directory>/postgres`. Started by root below a directory that others may not enter (a clone under /root), the
 * cluster lies under /var/lib/hitchpost, since PostgreSQL runs as another user there.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { canEnter, findBinaries, findRunAs, reachableBinaries } from "./binaries.ts";
import { freePort, ownDirectory, type ClusterPlace } from "./cluster.ts";

const stateSchema = z.object({
  /** Holds the cluster's directory; belongs to the user PostgreSQL runs as. */
  room: z.string(),
  port: z.number().int(),
  password: z.string().min(1),
});

export type EmbeddedState = z.infer<typeof stateSchema>;

const shelter = "/var/lib/hitchpost";

export interface FoundPlace extends ClusterPlace {
  state: EmbeddedState;
  /** True when the cluster lies outside the data directory. */
  sheltered: boolean;
  save(state: EmbeddedState): Promise<void>;
}

/**
 * Finds the cluster's place, or decides on one; nothing is made yet but directories and the state file.
 *
 * @throws HitchpostError config_invalid when there are no binaries, no user to run them, or another user's cluster is there
 */
export async function findPlace(dataDir: string, log: Log): Promise<FoundPlace> {
  await mkdir(dataDir, { recursive: true });
  const file = stateFile(dataDir);
  const runAs = await findRunAs();
  const binaries = await reachableBinaries(await findBinaries(), runAs, shelter);
  const known = await readState(file);
  const save = (state: EmbeddedState): Promise<void> => writeState(file, state);
  const state = known ?? {
    room: await chooseRoom(dataDir, runAs, log),
    port: await freePort(),
    password: randomBytes(24).toString("base64url"),
  };
  await assertOwner(state.room, runAs);
  await ownDirectory(state.room, runAs);
  // Before initdb: a kill in between leaves a password without a cluster, never a cluster without its password.
  if (!known) await save(state);
  if (!(await canEnter(state.room, runAs))) {
    throw new HitchpostError(
      "config_invalid",
      `HITCHPOST_DATA_DIR: the system user postgres may not enter ${state.room}: open the directories above it, or choose another place.`,
    );
  }
  return {
    directory: join(state.room, "cluster"),
    binaries,
    runAs,
    state,
    save,
    sheltered: state.room.startsWith(`${shelter}/`),
  };
}

/**
 * PostgreSQL runs on a directory of its own user only. Said before anything is changed, so that the right user can still
 * start it.
 */
async function assertOwner(room: string, runAs: ClusterPlace["runAs"]): Promise<void> {
  const uid = runAs.uid ?? process.getuid?.();
  const facts = await stat(join(room, "cluster")).catch(() => null);
  if (facts === null || uid === undefined || facts.uid === uid) return;
  throw new HitchpostError(
    "config_invalid",
    `HITCHPOST_DATA_DIR: the database in ${room} belongs to system user ${facts.uid}, and would run as ${uid} now. Start Hitchpost as the user who made it, or hand it over: chown -R ${uid} ${room}`,
  );
}

async function chooseRoom(dataDir: string, runAs: ClusterPlace["runAs"], log: Log): Promise<string> {
  const room = join(dataDir, "postgres");
  if (await canEnter(dataDir, runAs)) return room;
  // Not by the data directory's path: where that was removed, its old database lies here still, under another password.
  const elsewhere = join(shelter, randomBytes(8).toString("hex"));
  log.warn(
    { dataDir, directory: elsewhere },
    "the database cannot lie in the data directory, which the system user postgres may not enter; it lies elsewhere",
  );
  await mkdir(shelter, { recursive: true, mode: 0o755 });
  return elsewhere;
}

/** The state of a data directory's cluster; null when there is none. */
export const readEmbeddedState = (dataDir: string): Promise<EmbeddedState | null> =>
  readState(stateFile(dataDir));

const stateFile = (dataDir: string): string => join(dataDir, "postgres.json");

async function readState(file: string): Promise<EmbeddedState | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HitchpostError(
      "config_invalid",
      `HITCHPOST_DATA_DIR: ${file} is damaged; it holds the embedded database's password.`,
      { cause },
    );
  }
}

async function writeState(file: string, state: EmbeddedState): Promise<void> {
  const handle = await open(`${file}.new`, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(state)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

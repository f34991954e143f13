import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acquireDataLock } from "../../src/store/data-lock.ts";
import { runningEmbedded, startEmbedded, type EmbeddedPostgres } from "../../src/store/embedded.ts";
import { silentLog } from "../support/silent-log.ts";

let room: string;
let dataDir: string;
beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "hitchpost-embedded-"));
  await chmod(room, 0o755); // as root, PostgreSQL runs as another user and has to come through
  dataDir = join(room, "data");
});
afterAll(() => rm(room, { recursive: true, force: true }));

const start = (directory = dataDir): Promise<EmbeddedPostgres> =>
  startEmbedded({ dataDir: directory, log: silentLog });

async function query<T>({ connection }: EmbeddedPostgres, text: string): Promise<T[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

/** A module of the store as a literal for the text of a program. */
const from = (name: string): string =>
  JSON.stringify(new URL(`../../src/store/${name}`, import.meta.url).href);

const programs: ChildProcess[] = [];
afterAll(() => programs.forEach((child) => child.kill("SIGKILL"))); // else one left by a failure keeps the runner

/** A process of its own that runs `code` with `dataDir` and the modules at hand, and says when it is up. */
async function program(code: string): Promise<{ child: ChildProcess; line: string }> {
  const text = `
    import { acquireDataLock } from ${from("data-lock.ts")};
    import { startEmbedded } from ${from("embedded.ts")};
    const dataDir = ${JSON.stringify(dataDir)};
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
    ${code}
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  programs.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, line: line.toString().trim() };
}

/** True for a process that runs; a dead one that nobody has waited for yet (a zombie) has no command line. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
};

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

describe("embedded PostgreSQL", () => {
  test("is made with UTF-8 and a password only we can read, and keeps its rows and port", async () => {
    const first = await start();
    const [facts] = await query(
      first,
      `
      SELECT current_setting('server_encoding') AS encoding, datlocprovider AS provider, datlocale AS locale,
             current_setting('password_encryption') AS auth, current_setting('listen_addresses') AS listens,
             current_setting('server_version_num')::int / 10000 AS major
      FROM pg_database WHERE datname = current_database()`,
    );
    expect(facts).toEqual({
      encoding: "UTF8",
      provider: "b",
      locale: "C.UTF-8",
      auth: "scram-sha-256",
      listens: "127.0.0.1",
      major: 18,
    });
    await query(first, "CREATE TABLE kept AS SELECT 'ß👋' AS text");
    expect((await stat(join(dataDir, "postgres.json"))).mode & 0o777).toBe(0o600);
    const wrong = { ...first, connection: { ...first.connection, password: "guess" } };
    await expect(query(wrong, "SELECT 1")).rejects.toThrow("password authentication failed");
    await first.stop();
    expect(alive(first.pid)).toBe(false);
    const second = await start();
    expect(await runningEmbedded(dataDir)).toEqual(second.connection);
    expect(second.connection).toEqual(first.connection);
    expect(await query(second, "SELECT text FROM kept")).toEqual([{ text: "ß👋" }]);
    await second.stop();
  });

  test("is spoken to over a socket in its own room, and over the loopback where the path is too long for one", async () => {
    const usual = await start();
    expect(usual.connection.host).toBe(join(dataDir, "postgres"));
    const [facts] = await query(usual, "SELECT inet_server_addr() AS address");
    expect(facts).toEqual({ address: null });
    const wrong = { ...usual, connection: { ...usual.connection, password: "guess" } };
    await expect(query(wrong, "SELECT 1")).rejects.toThrow("password authentication failed");
    await usual.stop();
    const long = join(room, "a".repeat(100));
    const other = await start(long);
    expect(other.connection.host).toBe("127.0.0.1");
    expect(await query(other, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await other.stop();
  });

  test("two that remember one port both start, one of them on another", async () => {
    const directories = [dataDir, join(room, "neighbour")];
    for (const directory of directories) await (await start(directory)).stop();
    const remembered = await readFile(join(dataDir, "postgres.json"), "utf8");
    const { port } = JSON.parse(remembered) as { port: number };
    const file = join(directories[1]!, "postgres.json");
    const neighbour = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...neighbour, port }));
    const running = await Promise.all(directories.map((directory) => start(directory)));
    for (const each of running) expect(await query(each, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const used = running.map(({ connection }) => connection.port);
    expect(new Set(used).size).toBe(2);
    for (const each of running) await each.stop();
    await writeFile(join(dataDir, "postgres.json"), remembered);
  });

  test("gets nothing of our environment", async () => {
    if (process.platform !== "linux") return;
    process.env["HITCHPOST_CANARY"] = "canary-in-the-environment";
    const embedded = await start();
    const environment = await readFile(`/proc/${embedded.pid}/environ`, "utf8");
    await embedded.stop();
    delete process.env["HITCHPOST_CANARY"];
    expect(environment).toContain("LC_ALL=C");
    expect(environment).not.toContain("canary");
  });

  test("killed under us, it comes back on its port with what was committed", async () => {
    const embedded = await start();
    await query(embedded, "CREATE TABLE survives AS SELECT 1 AS n");
    const before = embedded.pid;
    process.kill(before, "SIGKILL");
    const rows = await eventually(async () => {
      const found = await query(embedded, "SELECT n FROM survives");
      if (embedded.pid === before) throw new Error("not told yet");
      return found;
    });
    expect(rows).toEqual([{ n: 1 }]);
    await embedded.stop();
    expect(alive(embedded.pid)).toBe(false);
  });

  test("after kill -9 of the program, the next start stops the one left running and recovers", async () => {
    const { child, line } = await program(`
      acquireDataLock(dataDir);
      const embedded = await startEmbedded({ dataDir, log });
      console.log(embedded.pid);`);
    await kill(child);
    expect(alive(Number(line))).toBe(true);
    const lock = acquireDataLock(dataDir);
    const embedded = await start();
    expect(await query(embedded, "SELECT 1 AS n")).toEqual([{ n: 1 }]);
    expect(alive(Number(line))).toBe(false);
    await embedded.stop();
    lock.release();
  });

  test("a pid file whose number is another process's by now does not stop the start", async () => {
    await writeFile(join(dataDir, "postgres", "cluster", "postmaster.pid"), `${process.ppid}\n${dataDir}\n`);
    const embedded = await start();
    expect(await query(embedded, "SELECT 1 AS n")).toEqual([{ n: 1 }]);
    await embedded.stop();
  });

  test("another password than the database's is told at once", async () => {
    const file = join(dataDir, "postgres.json");
    const kept = await readFile(file, "utf8");
    await writeFile(file, kept.replace(/"password":"[^"]+"/, '"password":"of-another-database"'));
    await expect(start()).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("postgres.json") as string,
    });
    await writeFile(file, kept);
    await (await start()).stop();
  });

  test("a cluster of another system user is told before anything of it is changed", async () => {
    if (process.getuid?.() !== 0) return;
    const postgres = join(dataDir, "postgres");
    const { uid, gid } = await stat(postgres);
    await chown(join(postgres, "cluster"), 65_534, gid);
    await expect(start()).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(`chown -R ${uid} ${postgres}`) as string,
    });
    await chown(join(postgres, "cluster"), uid, gid);
    await (await start()).stop();
  });

  test("started by root below a closed directory it lies elsewhere, and a removed one is begun anew", async () => {
    if (process.getuid?.() !== 0) return;
    const closed = await mkdtemp(join(room, "closed-"));
    const below = join(closed, "data");
    const rooms = new Set<string>();
    try {
      for (let round = 0; round < 2; round++) {
        const embedded = await startEmbedded({ dataDir: below, log: silentLog });
        rooms.add(
          (JSON.parse(await readFile(join(below, "postgres.json"), "utf8")) as { room: string }).room,
        );
        expect(await query(embedded, "SELECT to_regclass('begun') AS here")).toEqual([{ here: null }]);
        await query(embedded, "CREATE TABLE begun (n int)");
        await embedded.stop();
        await rm(below, { recursive: true });
      }
      expect([...rooms]).toEqual([
        expect.stringContaining("/var/lib/hitchpost/"),
        expect.stringContaining("/var/lib/hitchpost/"),
      ]);
    } finally {
      for (const one of rooms)
        for (const path of [one, `${one}.lock`]) await rm(path, { recursive: true, force: true });
    }
  });

  test("a cluster of another major version is told, not touched", async () => {
    const file = join(dataDir, "postgres", "cluster", "PG_VERSION");
    await writeFile(file, "17\n");
    await expect(start()).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("backup") as string,
    });
    await writeFile(file, "18\n");
  });
});

describe("the data directory's lock", () => {
  test("keeps a second program out, names the first, and ends with it however it ends", async () => {
    const { child } = await program(`
      acquireDataLock(dataDir); // and nothing refers to it: the lock stands all the same
      globalThis.gc();
      setTimeout(() => console.log("held"), 100);`);
    expect(() => acquireDataLock(dataDir)).toThrow(`in use by process ${child.pid}`);
    expect(() => acquireDataLock(dataDir)).toThrow(
      expect.objectContaining({ code: "data_directory_in_use" }) as Error,
    );
    await kill(child);
    const lock = acquireDataLock(dataDir);
    expect(() => acquireDataLock(dataDir)).toThrow("in use by process");
    lock.release();
    lock.release();
    acquireDataLock(dataDir).release();
  });

  test("a directory that cannot be written is told by its name", async () => {
    await mkdir(room, { recursive: true });
    await writeFile(join(room, "file"), "");
    expect(() => acquireDataLock(join(room, "file"))).toThrow("HITCHPOST_DATA_DIR");
  });
});

/** Tries until it succeeds, for 20 s at most: the server is on its way back up. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(20_000);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (deadline.aborted) throw error;
      await wait(50);
    }
  }
}

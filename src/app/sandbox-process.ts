/** Runs the sandbox as a process of its own beside the server, and starts it again should it die. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { withDeadline } from "../core/deadline.ts";
import { HitchpostError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { backoffMs } from "../core/retry.ts";
import { acquireDataLock } from "../store/data-lock.ts";
import { freePort } from "../store/embedded/cluster.ts";
import { packageRoot } from "./version.ts";

export const readySchema = z.object({
  httpPort: z.number(),
  imapPort: z.number(),
  smtpPort: z.number(),
  popPort: z.number().default(0),
  /** Its Microsoft Graph, without the version. */
  graphUrl: z.string().default(""),
  publicUrl: z.string(),
  loginUrl: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  adminToken: z.string(),
});
const portsSchema = readySchema.pick({ httpPort: true, imapPort: true, smtpPort: true, popPort: true });
export type SandboxFacts = z.infer<typeof readySchema>;

export interface SandboxProcess {
  /** Ports change when it was started again. */
  facts(): SandboxFacts;
  close(): Promise<void>;
}

export interface SandboxPorts {
  http: number;
  imap: number;
  smtp: number;
  pop: number;
}

export interface SandboxLaunch {
  dataDir: string;
  /** Under which its pages are reached; ends in `/sandbox` when the product serves them. */
  publicUrl: string | null;
  ports?: SandboxPorts;
  log: Log;
  clock: Clock;
}

const startDeadlineMs = 30_000;
const stopDeadlineMs = 5_000;

/** Sources in a clone, compiled in the published package. */
function entryFile(): string {
  const source = fileURLToPath(new URL("sandbox/main.ts", packageRoot));
  return existsSync(source) ? source : fileURLToPath(new URL("dist/sandbox/main.js", packageRoot));
}

/** Starts it and waits until it is ready. @throws not_ready when it does not come up in 30 s, data_directory_in_use */
export async function startSandboxProcess(launch: SandboxLaunch): Promise<SandboxProcess> {
  await mkdir(dirname(launch.dataDir), { recursive: true }); // not closed: PostgreSQL's own user may have to come through
  await mkdir(launch.dataDir, { recursive: true, mode: 0o700 });
  const lock = acquireDataLock(launch.dataDir); // a server's, or one that runs alone
  let stopping = false;
  let failures = 0;
  let running = await launchOnce(launch).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  const watch = (child: ChildProcess): void => {
    child.once("exit", (code) => {
      if (stopping) return;
      launch.log.error({ code }, "the sandbox stopped by itself; it is started again");
      void restart();
    });
  };
  const restart = async (): Promise<void> => {
    await launch.clock.sleep(backoffMs(failures++, { capMs: 30_000 }));
    if (stopping) return;
    try {
      running = await launchOnce(launch);
      failures = 0;
      watch(running.child);
    } catch (error) {
      launch.log.error({ err: error }, "the sandbox did not start");
      void restart();
    }
  };
  watch(running.child);
  return {
    facts: () => running.facts,
    close: async () => {
      stopping = true;
      await stopChild(running.child);
      lock.release();
    },
  };
}

async function launchOnce(launch: SandboxLaunch): Promise<{ child: ChildProcess; facts: SandboxFacts }> {
  const ports = launch.ports ?? (await portsOfLastTime(launch.dataDir));
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      entryFile(),
      `--data-dir=${launch.dataDir}`,
      `--http-port=${ports.http}`,
      `--imap-port=${ports.imap}`,
      `--smtp-port=${ports.smtp}`,
      `--pop-port=${ports.pop}`,
      ...(launch.publicUrl === null ? [] : ["--public-url", launch.publicUrl]),
      "--exit-with-parent",
    ],
    // A group of its own: Ctrl-C in the terminal reaches us only, and we stop it. It ends by itself when we are gone.
    { stdio: ["pipe", "pipe", "inherit"], env: {}, detached: true },
  );
  try {
    const facts = await withDeadline(startDeadlineMs, "starting the sandbox", (signal) =>
      readReady(child, signal),
    );
    await writeFile(portsFile(launch.dataDir), JSON.stringify(portsSchema.parse(facts)));
    return { child, facts };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

const portsFile = (dataDir: string): string => join(dataDir, "ports.json");

/** The ports of the last start where they are free: a mailbox may have been connected by them. Zero: any. */
async function portsOfLastTime(dataDir: string): Promise<SandboxPorts> {
  const last = await readFile(portsFile(dataDir), "utf8")
    .then((text) => portsSchema.parse(JSON.parse(text)))
    .catch(() => ({ httpPort: 0, imapPort: 0, smtpPort: 0, popPort: 0 })); // the first start
  return {
    http: await ifFree(last.httpPort),
    imap: await ifFree(last.imapPort),
    smtp: await ifFree(last.smtpPort),
    pop: await ifFree(last.popPort),
  };
}

const ifFree = async (port: number): Promise<number> =>
  port !== 0 && (await freePort(port)) === port ? port : 0;

async function readReady(child: ChildProcess, signal: AbortSignal): Promise<SandboxFacts> {
  const lines = createInterface({ input: child.stdout! });
  const exited = once(child, "exit", { signal }).then(([code]) => {
    throw new HitchpostError(
      "not_ready",
      `The sandbox ended at its start (exit code ${String(code)}); its own words stand above. HITCHPOST_SANDBOX=off starts without it.`,
    );
  });
  const first = once(lines, "line", { signal }).then(([line]) => readySchema.parse(JSON.parse(String(line))));
  const facts = await Promise.race([first, exited]);
  exited.catch(() => undefined); // from here on the watcher tells of its end
  child.stdout!.resume();
  return facts;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopDeadlineMs);
  await gone;
  clearTimeout(timer);
}

/** `hitchpost worker` as a process of its own beside a running product. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/hitchpost.js", import.meta.url));
const startDeadlineMs = 60_000;

export interface Worker {
  pid: number;
  /** Of its health and metrics. */
  url: string;
  /** Lines of its log, parsed. */
  log(): Record<string, unknown>[];
  /** Resolves when it has ended; its exit code, null when it was killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** @param env that of the server, with DATABASE_URL */
export async function startWorker(env: NodeJS.ProcessEnv): Promise<Worker> {
  const child = spawn(process.execPath, [bin, "worker"], {
    env: { ...env, HITCHPOST_WORKER_PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  const deadline = performance.now() + startDeadlineMs;
  while (!said.stdout.includes("is ready")) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the worker did not start:\n${said.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    pid: child.pid!,
    url: /http:\S+/.exec(said.stdout)![0],
    log: () =>
      said.stderr
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill(signal);
        await gone;
      }
      return child.exitCode;
    },
  };
}

/** The product as a person runs it: `hitchpost serve` as a process of its own on a free port and a fresh data directory. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";

const bin = fileURLToPath(new URL("../../bin/hitchpost.js", import.meta.url));
/** As the first line of `bin` gives them. */
const nodeFlags = ["--max-semi-space-size=8"];
const startDeadlineMs = 60_000;

export const owner = {
  email: "jo@marlow.example",
  name: "Jo Kessler",
  workspace: "Marlow Ceramics",
  password: "clay and glaze 42",
};

export interface Product {
  url: string;
  dataDir: string;
  env: NodeJS.ProcessEnv;
  /** The whole of standard output since the last start. */
  output(): string;
  /** Runs a command of ours beside it. */
  command(
    args: string[],
    options?: CommandOptions,
  ): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Makes the owner by `hitchpost setup`; returns the API key. */
  setup(): Promise<string>;
  /** Of the process that serves now. */
  pid(): number;
  kill9(): Promise<void>;
  /** As a service manager stops it; the data directory stays. Its exit code, null when it had to be killed. */
  terminate(): Promise<number | null>;
  /** Starts it again on the same data directory and port. */
  start(): Promise<void>;
  /** Stops it and removes the data directory. */
  stop(): Promise<void>;
}

export interface CommandOptions {
  input?: string;
  apiKey?: string;
  /** In place of the server's environment. */
  env?: NodeJS.ProcessEnv;
}

export interface ProductOptions {
  env?: NodeJS.ProcessEnv;
  /** Default: a fresh one, removed at the end. */
  dataDir?: string;
}

/** What the machine's environment says of us must not leak into a test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("HITCHPOST_") && name !== "DATABASE_URL" && !name.startsWith("VITEST"),
    ),
  );
}

/** A temporary directory that PostgreSQL's own user may enter: else its cluster would lie elsewhere and stay behind. */
export async function openDirectory(prefix: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  await chmod(directory, 0o755);
  return directory;
}

export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const dataDir = options.dataDir ?? (await openDirectory("hitchpost-product-"));
  const port = await freePort();
  const env = {
    ...cleanEnvironment(),
    HITCHPOST_DATA_DIR: dataDir,
    HITCHPOST_PORT: String(port),
    HITCHPOST_ALLOW_PRIVATE_HOSTS: "true",
    HITCHPOST_LOG_LEVEL: "warn",
    ...options.env,
  };
  const state: { child: ChildProcess | null; output: string } = { child: null, output: "" };
  const start = async (): Promise<void> => {
    state.output = "";
    state.child = await launch(env, (text) => (state.output += text));
  };
  await start();
  return {
    url: `http://localhost:${port}`,
    dataDir,
    env,
    output: () => state.output,
    command: (args, given) => runCommand(given?.env ?? env, args, given),
    setup: () => setup(env),
    start,
    pid: () => state.child?.pid ?? 0,
    kill9: () => end(state.child, "SIGKILL"),
    terminate: async () => {
      await end(state.child, "SIGTERM");
      return state.child?.exitCode ?? null;
    },
    stop: async () => {
      await end(state.child, "SIGTERM");
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function launch(env: NodeJS.ProcessEnv, onOutput: (text: string) => void): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...nodeFlags, bin, "serve"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let all = "";
  const seen = (chunk: Buffer): void => {
    all += chunk.toString();
    onOutput(chunk.toString());
  };
  child.stdout.on("data", seen);
  child.stderr.on("data", seen);
  const deadline = performance.now() + startDeadlineMs;
  while (!all.includes("Hitchpost is ready")) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the product did not start:\n${all}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child;
}

async function end(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const force = setTimeout(() => child.kill("SIGKILL"), 30_000);
  await gone;
  clearTimeout(force);
}

async function runCommand(
  env: NodeJS.ProcessEnv,
  args: string[],
  { input = "", apiKey }: CommandOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...env, ...(apiKey === undefined ? {} : { HITCHPOST_API_KEY: apiKey }) },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  child.stdin.on("error", () => undefined); // it may end without reading
  child.stdin.end(input);
  const [code] = (await once(child, "exit")) as [number | null];
  return { code: code ?? -1, ...said };
}

async function setup(env: NodeJS.ProcessEnv): Promise<string> {
  const { email, name, workspace, password } = owner;
  const args = [
    "setup",
    "--email",
    email,
    "--name",
    name,
    "--workspace",
    workspace,
    "--password-stdin",
    "--json",
  ];
  const { code, stdout, stderr } = await runCommand(env, args, { input: password });
  if (code !== 0) throw new Error(`setup failed (${code}): ${stderr}`);
  return (JSON.parse(stdout) as { apiKey: string }).apiKey;
}

/** What the sandbox of a running product told it, for its admin calls. */
export async function sandboxFacts(
  dataDir: string,
): Promise<{ httpPort: number; imapPort: number; smtpPort: number; adminToken: string }> {
  return JSON.parse(await readFile(join(dataDir, "sandbox", "ready.json"), "utf8")) as {
    httpPort: number;
    imapPort: number;
    smtpPort: number;
    adminToken: string;
  };
}

/** A caller of the API. */
export function apiClient(url: string, apiKey: string) {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  /** Every item of a list, page by page. */
  const all = async <T>(path: string): Promise<T[]> => {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const sign: string = path.includes("?") ? "&" : "?";
      const next: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await call("GET", `${path}${sign}limit=500${next}`)) as {
        items: T[];
        nextCursor: string | null;
      };
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  };
  /** Every message of every conversation: a request a conversation, some at a time. */
  const messages = async <T>(): Promise<T[]> => {
    const waiting = await all<{ id: string }>("/v1/conversations?view=all");
    const found: T[] = [];
    const reader = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        found.push(...(await all<T>(`/v1/conversations/${next.id}/messages`)));
    };
    await Promise.all(Array.from({ length: 6 }, reader));
    return found;
  };
  return { call, all, messages };
}

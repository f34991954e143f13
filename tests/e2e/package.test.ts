/** The published package, as npm packs it: installed in an empty place it serves, sets up and reads mail as JavaScript. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiClient, openDirectory, owner, sandboxFacts } from "../support/product.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const installDeadlineMs = 90_000;
/** Node 24 first, as `#!/usr/bin/env node` finds it. */
const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`;

let place: string;
let installed: string;
let server: ChildProcess | undefined;
let address: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  place = await openDirectory("hitchpost-package-");
  installed = join(place, "node_modules/hitchpost");
  const dataDir = join(place, "data");
  env = {
    PATH: path,
    HOME: place,
    HITCHPOST_DATA_DIR: dataDir,
    HITCHPOST_PORT: "0",
    HITCHPOST_ALLOW_PRIVATE_HOSTS: "true",
    HITCHPOST_LOG_LEVEL: "warn",
  };
  await installPackage(await pack());
  address = await serve();
});

afterAll(async () => {
  if (server && server.exitCode === null) {
    const gone = once(server, "exit");
    server.kill("SIGTERM");
    await gone;
  }
  await rm(place, { recursive: true, force: true });
});

/** Builds and packs, as publishing would; returns the archive. */
async function pack(): Promise<string> {
  // The page as it is published: the tests' own NODE_ENV would build it with React for development, beyond its 200 KB.
  const forPack = { ...process.env, NODE_ENV: "production", PATH: path };
  await run("npm", ["pack", "--pack-destination", place], { cwd: root, env: forPack });
  const archive = (await readdir(place)).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack wrote no archive");
  return join(place, archive);
}

/** From npm; where that cannot be had in time, unpacked beside the clone's own dependencies. */
async function installPackage(archive: string): Promise<void> {
  await writeFile(join(place, "package.json"), '{ "private": true }\n');
  const args = ["install", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", archive];
  const options = { cwd: place, env: { ...process.env, PATH: path }, timeout: installDeadlineMs };
  await run("npm", args, options).catch(async (error: unknown) => {
    process.stderr.write(
      `npm install of the package failed, its dependencies are linked instead: ${String(error)}\n`,
    );
    await linkPackage(archive);
  });
}

async function linkPackage(archive: string): Promise<void> {
  const modules = join(place, "node_modules");
  await rm(modules, { recursive: true, force: true });
  await mkdir(join(modules, ".bin"), { recursive: true });
  await run("tar", ["xzf", archive, "-C", modules]);
  await run("mv", [join(modules, "package"), installed]);
  for (const name of await readdir(join(root, "node_modules"))) {
    if (!name.startsWith(".")) await symlink(join(root, "node_modules", name), join(modules, name));
  }
  await symlink(join(installed, "bin/hitchpost.js"), join(modules, ".bin/hitchpost"));
}

/** Starts the server and returns its address. */
async function serve(): Promise<string> {
  const child = spawn(join(place, "node_modules/.bin/hitchpost"), ["serve"], {
    cwd: place,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  server = child;
  let said = "";
  return new Promise((resolve, reject) => {
    const seen = (chunk: Buffer): void => {
      said += chunk.toString();
      const ready = /Hitchpost is ready: (\S+)/.exec(said);
      if (ready?.[1] !== undefined) resolve(ready[1]);
    };
    child.stdout.on("data", seen);
    child.stderr.on("data", seen);
    child.once("exit", (code) => reject(new Error(`the package did not start (${String(code)}):\n${said}`)));
  });
}

/** Runs an installed command with a line on its standard input. */
async function hitchpost(args: string[], input = "", more: NodeJS.ProcessEnv = {}): Promise<string> {
  const running = run(join(place, "node_modules/.bin/hitchpost"), args, {
    cwd: place,
    env: { ...env, ...more },
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

test("it carries compiled JavaScript, the page and the licence, and no source", async () => {
  for (const file of [
    "bin/hitchpost.js",
    "dist/src/app/main.js",
    "dist/sandbox/main.js",
    "dist/web/index.html",
    "LICENSE",
    "README.md",
  ]) {
    expect(existsSync(join(installed, file)), file).toBe(true);
  }
  const files = await readdir(installed, { recursive: true });
  const own = files.filter((file) => !file.startsWith("node_modules"));
  expect(own.filter((file) => /\.tsx?$|\.test\.|^(src|sandbox|tests)\//.test(file))).toEqual([]);
});

test("it says what it can do", async () => {
  expect(await hitchpost(["--help"])).toContain("serve");
});

test("it serves health and the page, with the page's script", async () => {
  expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ alive: true });
  const page = await (await fetch(address)).text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
  expect(script).toBeDefined();
  expect((await fetch(`${address}${script}`)).headers.get("content-type")).toContain("javascript");
});

test("setup, then a mailbox of its sandbox is read by the parse workers", async () => {
  const { email, name, workspace, password } = owner;
  const setup = [
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
  const { apiKey } = JSON.parse(await hitchpost(setup, password)) as { apiKey: string };
  const { imapPort } = await sandboxFacts(join(place, "data"));
  const connect = [
    "connect",
    "--method",
    "password",
    "--email",
    "password@outlook.example",
    "--imap-host",
    "127.0.0.1",
  ];
  const more = [
    "--imap-port",
    String(imapPort),
    "--imap-security",
    "none",
    "--password-stdin",
    "--wait",
    "--timeout",
    "60",
    "--json",
  ];
  const mailbox = JSON.parse(
    await hitchpost([...connect, ...more], "sandbox", { HITCHPOST_API_KEY: apiKey }),
  ) as { state: string };
  expect(mailbox.state).toBe("live");
  const conversations = await apiClient(address, apiKey).all<{ snippet: string }>(
    "/v1/conversations?view=all",
  );
  expect(conversations.length).toBeGreaterThan(10);
  expect(conversations.filter(({ snippet }) => snippet.length > 0).length).toBeGreaterThan(10);
});

test("explain works from it by a pipe, with nothing set and no data directory", async () => {
  const command = join(place, "node_modules/.bin/hitchpost");
  const child = run(command, ["explain", "--json"], { cwd: place, env: { PATH: path } });
  child.child.stdin?.end("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant");
  const { findings } = JSON.parse((await child).stdout) as { findings: Record<string, unknown>[] };
  expect(findings[0]).toMatchObject({ code: "smtp_auth_disabled" });
  for (const finding of findings)
    expect(Object.keys(finding)).toEqual(["code", "confidence", "title", "fix"]);
  const empty = run(command, ["explain"], { cwd: place, env: { PATH: path } });
  empty.child.stdin?.end("\n");
  await expect(empty).rejects.toMatchObject({ code: 2 });
});

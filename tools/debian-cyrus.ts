/**
 * Cyrus from Debian, for the tests. It cannot be installed beside Dovecot (both provide `imap-server`), and its package would
 * make a user and start a server of its own: it is only unpacked, and its libraries are installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { install, run } from "./debian.ts";

/** Where it is unpacked. */
export const cyrusRoot = "/usr/local/lib/hitchpost-tests/cyrus";
const unpacked = ["cyrus-imapd", "cyrus-common"];

const isMissing = (): boolean => !existsSync(`${cyrusRoot}/usr/lib/cyrus/bin/imapd`);

/** Unpacks it where it is missing. @throws Error that says exactly what to do */
export function ensureCyrus(): void {
  if (!isMissing()) return;
  const mayInstall = userInfo().uid === 0 && existsSync("/usr/bin/apt-get");
  if (!mayInstall) throw new Error(`The tests need Cyrus, unpacked. As root: ${commands()}`);
  process.stderr.write(`Unpacking for the tests: ${unpacked.join(", ")}\n`);
  run("apt-get", ["update"]);
  if (!install(librariesOf(unpacked)) || !unpack())
    throw new Error(`Could not unpack Cyrus. Try: ${commands()}`);
}

/** Libraries that the packages name, for this release of Debian. */
function librariesOf(packages: string[]): string[] {
  const { stdout } = spawnSync("apt-cache", ["depends", "--no-recommends", "--no-suggests", ...packages]);
  const names = [...stdout.toString().matchAll(/^ *Depends: (lib[^\s<]+)/gm)].map(([, name]) => name ?? "");
  return [...new Set(names)];
}

function unpack(): boolean {
  const directory = mkdtempSync(path.join(tmpdir(), "hitchpost-debian-"));
  try {
    mkdirSync(cyrusRoot, { recursive: true });
    run("apt-get", ["download", ...unpacked], directory);
    for (const file of readdirSync(directory)) run("dpkg-deb", ["-x", path.join(directory, file), cyrusRoot]);
    return !isMissing();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const commands = (): string =>
  [
    "apt-get update",
    `apt-get install -y --no-install-recommends ${librariesOf(unpacked).join(" ")}`,
    `mkdir -p ${cyrusRoot}`,
    `apt-get download ${unpacked.join(" ")}`,
    ...unpacked.map((name) => `dpkg-deb -x ${name}_*.deb ${cyrusRoot}`),
  ].join(" && ");

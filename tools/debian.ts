/**
 * What the tests need from Debian: real servers and clients, a browser, fonts. Installed when something is missing and we
 * may (root with apt-get), else named, so that a person can.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { userInfo } from "node:os";

/** Package → a file that it brings. */
const needed: Record<string, string[]> = {
  "dovecot-imapd": ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"],
  isync: ["/usr/bin/mbsync"],
  offlineimap3: ["/usr/bin/offlineimap"],
  chromium: ["/usr/bin/chromium"],
  "fonts-noto-cjk": ["/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"],
  openssl: ["/usr/bin/openssl"],
  procps: ["/usr/bin/pgrep"],
  postgresql: ["/usr/lib/postgresql"],
};

const clusterDefaults = "/etc/postgresql-common/createcluster.conf";

const isMissing = (files: string[]): boolean => !files.some((file) => existsSync(file));

/** Packages whose files are not there. */
const missingOf = (packages: Record<string, string[]>): string[] =>
  Object.entries(packages)
    .filter(([, files]) => isMissing(files))
    .map(([name]) => name);

/** Runs a command of Debian's, asking nothing. @returns whether it succeeded */
export function run(command: string, args: string[], directory?: string): boolean {
  const { status } = spawnSync(command, args, {
    ...(directory !== undefined && { cwd: directory }),
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: 600_000,
  });
  return status === 0;
}

/** Nothing but these and what they need. @returns whether it succeeded */
export const install = (packages: string[]): boolean =>
  run("apt-get", ["install", "-y", "--no-install-recommends", ...packages]);

/** Debian's package would make and start a server of its own, which nobody asked for. */
function installWithoutCluster(): void {
  install(["postgresql-common"]);
  appendFileSync(clusterDefaults, "create_main_cluster = false\n");
}

/** Installs what the tests need and is missing. @throws Error that says exactly what to install */
export const ensureDebianPackages = (): void => ensurePackages(needed);

/**
 * Installs what is missing.
 *
 * @param packages package → files that it brings, one of which is enough
 * @throws Error that says exactly what to install
 */
export function ensurePackages(packages: Record<string, string[]>): void {
  const missing = missingOf(packages);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  const mayInstall = userInfo().uid === 0 && existsSync("/usr/bin/apt-get");
  if (!mayInstall)
    throw new Error(
      `These Debian packages are needed: ${missing.join(", ")}. As root: apt-get update && ${command}`,
    );
  process.stderr.write(`Installing from Debian: ${missing.join(", ")}\n`);
  run("apt-get", ["update"]);
  if (missing.includes("postgresql")) installWithoutCluster();
  install(missing);
  const still = missingOf(packages);
  if (still.length > 0) throw new Error(`Could not install: ${still.join(", ")}. Try: ${command}`);
}

/** A real Dovecot 2.3 for tests: on free loopback ports, in a directory of its own, always stopped. Needs Debian's dovecot-imapd. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "./free-port.ts";
import { awaitGreeting, endServer, makeCertificate, serverUser, type ServerUser } from "./mail-server.ts";

export const dovecotPath =
  ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"].find((file) => existsSync(file)) ?? null;

export interface DovecotOptions {
  /** Advertises exactly these after login (RFC 9051 7.2.2); default: all that Dovecot has. */
  imapCapability?: string;
  /** As Outlook: no CONDSTORE, QRESYNC, NOTIFY, LIST-STATUS, SPECIAL-USE. */
  hideCondstore?: boolean;
  users?: Record<string, string>;
  /** Of one user at a time; default 100. */
  maxConnections?: number;
  /**
   * For hundreds of users at once: a process serves many sign-ins and many sessions one after the other, and idling
   * connections look at their folder every 2 s by themselves. The kernel tells only so many of them of changes
   * (fs.inotify.max_user_instances, 128 as a rule).
   */
  crowd?: boolean;
  /** Lines for the end of its configuration. */
  settings?: string;
}

export interface Dovecot {
  host: "127.0.0.1";
  /** IMAP with STARTTLS offered. */
  port: number;
  /** IMAP over TLS. */
  tlsPort: number;
  /** PEM of the self-made certificate, for `localhost` and 127.0.0.1. */
  ca: string;
  addUser(user: string, password: string): Promise<void>;
  /** Where a user's Maildir stands. */
  maildir(user: string): string;
  /** Delivers without IMAP: a file in the folder's `new` (or `cur` with maildir flags as "S", "FS"). Inbox: "". */
  deliver(user: string, folder: string, raw: string | Uint8Array, flags?: string): Promise<void>;
  log(): Promise<string>;
  /** Ends the server; the mail stays. */
  halt(): Promise<void>;
  /** Starts it again on the same ports, after `halt`. */
  resume(): Promise<void>;
  /** Ends it and removes everything. */
  stop(): Promise<void>;
}

const outlookCapability = "IMAP4rev1 LITERAL+ SASL-IR IDLE NAMESPACE UIDPLUS CHILDREN UNSELECT MOVE ID";

export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  if (dovecotPath === null) throw new Error("dovecot is not installed (apt-get install dovecot-imapd)");
  const directory = await mkdtemp(path.join(tmpdir(), "hitchpost-dovecot-"));
  const owner = serverUser();
  const [port, tlsPort] = [await freePort(), await freePort()];
  await prepareDirectory(directory, owner);
  const ca = makeCertificate(directory);
  const capability = options.imapCapability ?? (options.hideCondstore ? outlookCapability : undefined);
  await writeFile(
    path.join(directory, "dovecot.conf"),
    config({
      directory,
      port,
      tlsPort,
      owner,
      capability,
      maxConnections: options.maxConnections ?? 100,
      crowd: options.crowd ?? false,
      settings: options.settings ?? "",
    }),
  );
  const child = launch(directory);
  const dovecot = handle({ directory, port, tlsPort, ca, child, owner });
  try {
    for (const [user, password] of Object.entries(options.users ?? { well: "secret" }))
      await dovecot.addUser(user, password);
    await awaitGreeting(port, child);
    return dovecot;
  } catch (error) {
    const said = await dovecot.log();
    await dovecot.stop();
    throw new Error(`dovecot did not start: ${said}`, { cause: error });
  }
}

const launch = (directory: string): ChildProcess =>
  spawn(dovecotPath ?? "dovecot", ["-F", "-c", path.join(directory, "dovecot.conf")], { stdio: "ignore" });

async function prepareDirectory(directory: string, { ids }: ServerUser): Promise<void> {
  await chmod(directory, 0o755);
  await mkdir(path.join(directory, "mail"));
  await mkdir(path.join(directory, "passwd"));
  if (ids !== null) await chown(path.join(directory, "mail"), ids.uid, ids.gid);
}

interface ConfigValues {
  directory: string;
  port: number;
  tlsPort: number;
  owner: ServerUser;
  capability: string | undefined;
  maxConnections: number;
  crowd: boolean;
  settings: string;
}

function config(values: ConfigValues): string {
  const { directory, port, tlsPort, owner, capability, maxConnections, crowd, settings } = values;
  const { name: mailUser, group } = owner;
  const root = owner.ids !== null;
  const own = root
    ? ""
    : `default_internal_user = ${mailUser}\ndefault_login_user = ${mailUser}\ndefault_internal_group = ${group}\n`;
  const chroot = root ? "" : "  chroot =\n";
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
protocols = imap
listen = 127.0.0.1
${own}ssl = yes
ssl_cert = <${directory}/cert.pem
ssl_key = <${directory}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
mail_location = maildir:${directory}/mail/%u
mail_uid = ${mailUser}
mail_gid = ${group}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = ${maxConnections}
maildir_very_dirty_syncs = no
# Where the kernel's inotify instances of this user are used up (128 by default, for all Dovecots of a machine), folders are
# looked at by the clock: every 30 s without this.
mailbox_idle_check_interval = ${crowd ? 2 : 1} secs
${capability === undefined ? "" : `imap_capability = ${capability}\n`}passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${directory}/passwd/%u
}
userdb {
  driver = static
  args = uid=${mailUser} gid=${group} home=${directory}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
${["Sent", "Trash", "Drafts", "Junk"].map((name) => `  mailbox ${name} {\n    special_use = \\${name}\n    auto = create\n  }`).join("\n")}
}
service imap-login {
${chroot}${crowd ? "  service_count = 0\n" : ""}  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
service imap {
${crowd ? "  service_count = 100\n" : ""}}
service anvil {
${chroot}}
service stats {
${chroot}}
${settings}
`;
}

interface Running {
  directory: string;
  port: number;
  tlsPort: number;
  ca: string;
  child: ChildProcess;
  owner: ServerUser;
}

function handle({ directory, port, tlsPort, ca, child, owner: { ids: owner } }: Running): Dovecot {
  let delivered = 0;
  let running = child;
  const maildir = (user: string) => path.join(directory, "mail", user);
  return {
    host: "127.0.0.1",
    port,
    tlsPort,
    ca,
    maildir,
    async addUser(user, password) {
      // a file a user: Dovecot reads one again only when its second of change differs
      await writeFile(path.join(directory, "passwd", user), `${user}:{PLAIN}${password}::::::\n`);
    },
    async deliver(user, folder, raw, flags) {
      delivered += 1;
      const base =
        folder === "" ? maildir(user) : path.join(maildir(user), `.${folder.replaceAll("/", ".")}`);
      // Dovecot's hash of a name sees little but its end: names that end alike make a folder of thousands quadratic.
      const name = `${1_700_000_000 + delivered}.P${process.pid}.${delivered}`;
      const target = path.join(
        base,
        flags === undefined ? "new" : "cur",
        flags === undefined ? name : `${name}:2,${flags}`,
      );
      const aside = path.join(base, "tmp", name);
      await makeMaildir(base, owner);
      await writeFile(aside, raw);
      if (owner) await chown(aside, owner.uid, owner.gid);
      await rename(aside, target);
    },
    log: () => readFile(path.join(directory, "dovecot.log"), "utf8").catch(() => ""),
    halt: () => endServer(running, directory),
    async resume() {
      running = launch(directory);
      await awaitGreeting(port, running);
    },
    async stop() {
      await endServer(running, directory);
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** A Maildir that Dovecot has not made itself yet. */
async function makeMaildir(base: string, owner: { uid: number; gid: number } | null): Promise<void> {
  if (existsSync(path.join(base, "tmp"))) return;
  for (const part of ["cur", "new", "tmp"]) await mkdir(path.join(base, part), { recursive: true });
  if (!owner) return;
  for (const one of [
    path.dirname(base),
    base,
    ...["cur", "new", "tmp"].map((part) => path.join(base, part)),
  ]) {
    await chown(one, owner.uid, owner.gid);
  }
}

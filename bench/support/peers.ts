/** The programs beside which Hitchpost is measured, each in a directory of its own and told to do no more than is asked. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { meterUsage, type Usage } from "./usage.ts";

export interface PeerServer {
  port: number;
  user: string;
  password: string;
}

export interface PeerRun extends Usage {
  seconds: number;
}

const limitMs = 10 * 60_000;

/** @throws Error with what the program said when it fails or takes longer than ten minutes */
async function timed(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<PeerRun> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const meter = meterUsage(child.pid!);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const hard = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(hard);
  const seconds = (performance.now() - began) / 1000;
  const { own } = meter.stop();
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
  return { seconds, ...own };
}

/** mbsync (isync) into a Maildir. */
export function mbsync(
  directory: string,
  server: PeerServer,
  { fsync }: { fsync: boolean },
): Promise<PeerRun> {
  mkdirSync(join(directory, "mail"), { recursive: true });
  const file = join(directory, "mbsyncrc");
  writeFileSync(
    file,
    `FSync ${fsync ? "yes" : "no"}
IMAPAccount bench
Host 127.0.0.1
Port ${server.port}
User ${server.user}
Pass ${server.password}
AuthMechs LOGIN
SSLType None

IMAPStore far
Account bench

MaildirStore near
Path ${directory}/mail/
Inbox ${directory}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns INBOX Sent
Create Near
Sync Pull
SyncState *
`,
  );
  return timed("mbsync", ["-q", "-c", file, "-a"]);
}

/** The search index of notmuch over a Maildir that mbsync filled. */
export function notmuchNew(directory: string): Promise<PeerRun> {
  const file = join(directory, "notmuchrc");
  writeFileSync(
    file,
    `[database]\npath=${directory}/mail\n[user]\nname=Bench\nprimary_email=well@bench.example\n[new]\ntags=new\nignore=.mbsyncstate;.uidvalidity\n[maildir]\nsynchronize_flags=false\n`,
  );
  return timed("notmuch", ["new", "--quiet"], { NOTMUCH_CONFIG: file });
}

export function offlineimap(directory: string, server: PeerServer): Promise<PeerRun> {
  mkdirSync(join(directory, "mail"), { recursive: true });
  const file = join(directory, "offlineimaprc");
  writeFileSync(
    file,
    `[general]
accounts = bench
metadata = ${directory}/state
[Account bench]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${directory}/mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${server.port}
remoteuser = ${server.user}
remotepass = ${server.password}
ssl = no
starttls = no
auth_mechanisms = LOGIN
folderfilter = lambda name: name in ['INBOX', 'Sent']
`,
  );
  return timed("offlineimap", ["-c", file, "-o", "-u", "quiet"]);
}

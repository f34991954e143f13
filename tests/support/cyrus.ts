/**
 * A real Cyrus IMAP for tests: on free loopback ports, in a directory of its own, always stopped. It is another family
 * than Dovecot: its own mail store, CONDSTORE and QRESYNC always, no NOTIFY, UIDVALIDITY kept through renames.
 * Debian's package cannot stand beside Dovecot's, so it is only unpacked (tools/debian-cyrus.ts): nothing of it runs by itself.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { cyrusRoot } from "../../tools/debian-cyrus.ts";
import { freePort } from "./free-port.ts";
import { awaitGreeting, endServer, makeCertificate, serverUser } from "./mail-server.ts";

export interface Cyrus {
  host: "127.0.0.1";
  /** IMAP with STARTTLS offered. */
  port: number;
  /** IMAP over TLS. */
  tlsPort: number;
  /** PEM of the self-made certificate, for `localhost` and 127.0.0.1. */
  ca: string;
  /** Signs in from now on; its Inbox, Sent, Trash, Drafts, Junk are made at the first sign-in. */
  addUser(user: string, password: string): Promise<void>;
  /** Ends it and removes everything. */
  stop(): Promise<void>;
}

/** @throws Error when it is not there or does not start within 15 s */
export async function startCyrus(): Promise<Cyrus> {
  const directory = await mkdtemp(path.join(tmpdir(), "hitchpost-cyrus-"));
  const owner = serverUser();
  const [port, tlsPort] = [await freePort(), await freePort()];
  const ca = makeCertificate(directory);
  const users = new Map<string, string>();
  const asker = await answerSignIns(path.join(directory, "mux"), users);
  await writeFile(path.join(directory, "imapd.conf"), imapdConf(directory, owner.name));
  await writeFile(path.join(directory, "cyrus.conf"), cyrusConf(directory, port, tlsPort));
  for (const part of ["config", "config/db", "config/proc", "config/lock", "config/socket", "spool"])
    await mkdir(path.join(directory, part), { recursive: true });
  if (owner.ids !== null) await giveAway(directory, owner.ids);
  const child = launch(directory);
  const stop = async (): Promise<void> => {
    await endServer(child);
    await new Promise((resolve) => asker.close(resolve));
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await awaitGreeting(port, child);
  } catch (error) {
    await stop();
    throw new Error("cyrus did not start (it says why in the system's log)", { cause: error });
  }
  return {
    host: "127.0.0.1",
    port,
    tlsPort,
    ca,
    async addUser(user, password) {
      users.set(user, password);
    },
    stop,
  };
}

async function giveAway(directory: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await chown(directory, uid, gid);
  for (const name of await readdir(directory, { recursive: true }))
    await chown(path.join(directory, name), uid, gid);
}

const bin = (name: string): string => path.join(cyrusRoot, "usr/lib/cyrus/bin", name);

function launch(directory: string): ChildProcess {
  const config = path.join(directory, "imapd.conf");
  const libraries = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((name) =>
    path.join(cyrusRoot, "usr/lib", name),
  );
  return spawn(
    bin("master"),
    ["-C", config, "-M", path.join(directory, "cyrus.conf"), "-p", path.join(directory, "pid")],
    // In a group of its own: at its end it signals its whole group (other servers, and whoever runs the tests).
    { detached: true, stdio: "ignore", env: { ...process.env, LD_LIBRARY_PATH: libraries.join(":") } },
  );
}

const imapdConf = (directory: string, user: string): string => `configdirectory: ${directory}/config
partition-default: ${directory}/spool
defaultpartition: default
admins: cyrus
cyrus_user: ${user}
servername: localhost
allowplaintext: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: ${directory}/mux
unixhierarchysep: yes
altnamespace: yes
autocreate_quota: 0
autocreate_inbox_folders: Sent|Trash|Drafts|Junk
xlist-sent: Sent
xlist-trash: Trash
xlist-drafts: Drafts
xlist-junk: Junk
expunge_mode: immediate
delete_mode: immediate
maxlogins_per_user: 100
failedloginpause: 0
tls_server_cert: ${directory}/cert.pem
tls_server_key: ${directory}/key.pem
`;

const cyrusConf = (directory: string, port: number, tlsPort: number): string => {
  const command = (name: string, more = ""): string => `"${bin(name)} -C ${directory}/imapd.conf${more}"`;
  return `START {
  recover cmd=${command("ctl_cyrusdb", " -r")}
}
DAEMON {
  idled cmd=${command("idled", " -d")}
}
SERVICES {
  imap cmd=${command("imapd")} listen="127.0.0.1:${port}" prefork=1
  imaps cmd=${command("imapd", " -s")} listen="127.0.0.1:${tlsPort}" prefork=0
}
EVENTS {
}
`;
};

/**
 * Stands in for saslauthd, whom Cyrus asks about passwords: a request is login, password, service and realm, each with its
 * length in two octets before it; so is the answer.
 */
async function answerSignIns(socketPath: string, users: ReadonlyMap<string, string>): Promise<net.Server> {
  const server = net.createServer((socket) => {
    let asked = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      asked = Buffer.concat([asked, chunk]);
      const [login, password, service, realm] = countedTexts(asked);
      if (login === undefined || service === undefined || realm === undefined) return;
      const answer = users.get(login) === password ? "OK" : "NO";
      socket.end(Buffer.concat([Buffer.from([0, answer.length]), Buffer.from(answer)]));
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return server;
}

function countedTexts(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) break;
    texts.push(bytes.subarray(at + 2, end).toString());
    at = end;
  }
  return texts;
}

/**
 * The servers over which every scenario is played, as data: how each is started, what its folders are called, and what it
 * cannot do. A scenario that needs what a server cannot do is skipped there under that reason; nothing is left out unsaid.
 */
import { chmod, chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ImapFlow } from "imapflow";
import { startMail } from "../../sandbox/mail/start.ts";
import { personas, type Persona } from "../../sandbox/personas.ts";
import { startCyrus } from "./cyrus.ts";
import { startDovecot, type Dovecot, type DovecotOptions } from "./dovecot.ts";
import { startGraphServer, type GraphPerson } from "./graph-server.ts";
import { graphLine, imapLine, popLine, type Line } from "./lines.ts";
import { serverUser } from "./mail-server.ts";

export interface Login {
  user: string;
  pass: string;
}

export interface MailServer {
  host: "127.0.0.1";
  /** IMAP, plain: all are on loopback. */
  port: number;
  /** A new, empty mailbox. */
  addUser(): Promise<Login>;
  /** Makes a folder that is listed and does not open. */
  makePhantom(login: Login, folder: string): Promise<void>;
  /** How sources of ours come to the mailbox; left out: over IMAP. */
  line?(login: Login): Promise<Line>;
  stop(): Promise<void>;
}

/** The way of our sources into a mailbox. */
export const lineTo = (server: MailServer, login: Login): Promise<Line> =>
  server.line?.(login) ?? imapLine(server.port, login);

/** What a scenario may ask of a server and its transport. */
export type Ability =
  | "phantom"
  | "recent"
  | "folders"
  | "flags"
  | "parts"
  | "writing"
  | "bulk"
  | "copies"
  | "append";

export interface ServerVariant {
  name: string;
  /** What it calls the folder of deleted mail. */
  trash: string;
  /** Ability → why it is missing. */
  cannot: Partial<Record<Ability, string>>;
  start(): Promise<MailServer>;
}

/** A second hand in the mailbox: what other mail programs do. */
export async function otherClientOf({ host, port }: MailServer, auth: Login): Promise<ImapFlow> {
  const client = new ImapFlow({ host, port, doSTARTTLS: false, auth, logger: false });
  await client.connect();
  return client;
}

/** One that a test can reach behind IMAP too. */
export async function dovecotServer(options: DovecotOptions): Promise<MailServer & { dovecot: Dovecot }> {
  const dovecot = await startDovecot(options);
  const { ids } = serverUser();
  let users = 0;
  return {
    dovecot,
    host: dovecot.host,
    port: dovecot.port,
    async addUser() {
      const login = { user: `user${++users}`, pass: "secret" };
      await dovecot.addUser(login.user, login.pass);
      return login;
    },
    async makePhantom({ user }, folder) {
      const directory = path.join(dovecot.maildir(user), `.${folder}`);
      await mkdir(directory);
      if (ids !== null) await chown(directory, ids.uid, ids.gid);
      await chmod(directory, 0);
    },
    stop: () => dovecot.stop(),
  };
}

async function cyrusServer(): Promise<MailServer> {
  const cyrus = await startCyrus();
  let users = 0;
  const server: MailServer = {
    host: cyrus.host,
    port: cyrus.port,
    async addUser() {
      const login = { user: `user${++users}`, pass: "secret" };
      await cyrus.addUser(login.user, login.pass);
      return login;
    },
    async makePhantom(login, folder) {
      const client = await otherClientOf(server, login);
      try {
        await client.mailboxCreate(folder);
        // RFC 4314: LIST shows it, and without the right `r` it does not open
        await rawCommand(client, "SETACL", [folder, login.user, "lka"]);
      } finally {
        client.close();
      }
    },
    stop: () => cyrus.stop(),
  };
  return server;
}

/** A command that imapflow has no method for. */
async function rawCommand(client: ImapFlow, command: string, words: string[]): Promise<void> {
  const { exec } = client as unknown as {
    exec(name: string, attributes: { type: "STRING"; value: string }[]): Promise<{ next(): void }>;
  };
  const answer = await exec.call(
    client,
    command,
    words.map((value) => ({ type: "STRING" as const, value })),
  );
  answer.next();
}

const sandboxPeople = 60;
const noRecent = "it tells of no \\Recent";
const opensAll = "it opens every folder that it lists";

async function sandboxServer(): Promise<MailServer> {
  const well = personas.find(({ id }) => id === "well")!;
  const people = Array.from({ length: sandboxPeople }, (_, index): Persona => {
    const id = `scenario${index}`;
    return { ...well, id, oid: id, address: `${id}@outlook.example`, acceptsPassword: true, language: "en" };
  });
  const directory = await mkdtemp(path.join(tmpdir(), "sandbox-scenarios-"));
  const mail = await startMail({
    dataDir: directory,
    imapPort: 0,
    smtpPort: 0,
    personas: people,
    seed: () => () => undefined,
    tokens: { verify: () => null },
  });
  const free = [...people];
  return {
    host: "127.0.0.1",
    port: mail.imapPort,
    async addUser() {
      const person = free.shift();
      if (person === undefined) throw new Error(`the sandbox was started with ${sandboxPeople} people`);
      return { user: person.address, pass: person.password };
    },
    makePhantom: () => Promise.reject(new Error(opensAll)),
    async stop() {
      await mail.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Dovecot with all it has, Dovecot as Outlook (nothing that Outlook has not), another family, and our stand-in for Microsoft. */
export const serverVariants: ServerVariant[] = [
  {
    name: "Dovecot with CONDSTORE, QRESYNC, NOTIFY",
    trash: "Trash",
    cannot: {},
    start: () => dovecotServer({}),
  },
  {
    name: "Dovecot with everything hidden",
    trash: "Trash",
    cannot: {},
    start: () => dovecotServer({ hideCondstore: true }),
  },
  {
    name: "Cyrus with CONDSTORE and QRESYNC, without NOTIFY",
    trash: "Trash",
    cannot: {},
    start: cyrusServer,
  },
  {
    name: "the sandbox",
    trash: "Deleted",
    cannot: { phantom: opensAll, recent: noRecent },
    start: sandboxServer,
  },
];

/** The sandbox's mailboxes over what is no IMAP; the second hand in them is an IMAP client all the same. */
async function sandboxOver(transport: "graph" | "pop3"): Promise<MailServer> {
  const sandbox = await startGraphServer();
  const people = new Map<string, GraphPerson>();
  return {
    host: "127.0.0.1",
    port: sandbox.imapPort,
    async addUser() {
      const person = sandbox.person();
      people.set(person.address, person);
      return { user: person.address, pass: person.password };
    },
    makePhantom: () => Promise.reject(new Error(opensAll)),
    line: (login) =>
      transport === "graph"
        ? graphLine(sandbox, people.get(login.user)!)
        : popLine(sandbox.popPort, login, sandbox),
    stop: () => sandbox.stop(),
  };
}

const popHasOnly = "POP3 knows the Inbox alone (RFC 1939 3)";
const popReads = "POP3 can only read, and never deletes here";

/** What is no IMAP, with what it cannot do. */
export const otherTransports: ServerVariant[] = [
  {
    name: "the sandbox's Graph",
    trash: "Deleted",
    cannot: {
      phantom: opensAll,
      recent: noRecent,
      bulk: "Graph changes each message by a request of its own, twenty in a batch",
      copies: "a move of Graph is no copy that a cut could leave behind",
      append: "Graph files nothing ready-made",
    },
    start: () => sandboxOver("graph"),
  },
  {
    name: "the sandbox's POP3",
    trash: "Deleted",
    cannot: {
      phantom: opensAll,
      recent: noRecent,
      folders: popHasOnly,
      flags: "POP3 has no flags",
      parts: "POP3 gives out whole messages alone",
      writing: popReads,
      bulk: popReads,
      append: popReads,
    },
    start: () => sandboxOver("pop3"),
  },
];

/** As Gmail: flags are named, removals are not. */
export const condstoreAlone: ServerVariant = {
  name: "Dovecot with CONDSTORE alone",
  trash: "Trash",
  cannot: {},
  start: () =>
    dovecotServer({
      imapCapability:
        "IMAP4rev1 LITERAL+ SASL-IR IDLE NAMESPACE UIDPLUS CHILDREN UNSELECT MOVE ID ENABLE CONDSTORE",
    }),
};

/** The sandbox's mailboxes with Graph and IMAP in front, for tests of a source: many empty ones, and their books. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ImapFlow } from "imapflow";
import type { TokenVerifier } from "../../sandbox/contract.ts";
import { createGraph, type Graph } from "../../sandbox/graph/graph.ts";
import { startMail } from "../../sandbox/mail/start.ts";
import type { MailStore } from "../../sandbox/mail/store/mail-store.ts";
import { openSwitches } from "../../sandbox/switches.ts";
import { personas, type Persona } from "../../sandbox/personas.ts";

export interface GraphPerson {
  address: string;
  password: string;
  mailboxId: number;
  /** An access token of his for Graph. */
  token: string;
}

export interface GraphServer {
  /** What HITCHPOST_GRAPH_URL would be. */
  url: string;
  imapPort: number;
  popPort: number;
  store: MailStore;
  graph: Graph;
  /** Tokens that are taken no more. */
  refused: Set<string>;
  /** Another empty mailbox. */
  person(): GraphPerson;
  /** Another mail program in his mailbox. */
  imap(person: GraphPerson): Promise<ImapFlow>;
  /** Answers of 429 because Outlook's own limits were passed. */
  limitsPassed(person: GraphPerson): number;
  stop(): Promise<void>;
}

const people = 40;
const scopes = ["User.Read", "Mail.ReadWrite", "Mail.Send"];

/** Tokens are `address|anything`. */
function verifier(refused: ReadonlySet<string>): TokenVerifier {
  return {
    verify(token) {
      const [upn = ""] = token.split("|");
      if (!upn.includes("@") || refused.has(token)) return null;
      const expiresAt = Date.now() / 1000 + 3_600;
      return { oid: "", upn, scopes, audience: "https://graph.microsoft.com", expiresAt };
    },
  };
}

function madePeople(): Persona[] {
  const well = personas.find(({ id }) => id === "well")!;
  return Array.from({ length: people }, (_, index): Persona => {
    const id = `graph${index}`;
    return { ...well, id, oid: id, address: `${id}@outlook.example`, acceptsPassword: true, language: "en" };
  });
}

const log = (error: unknown): void => console.error("sandbox graph:", error);
const systemNow = (): number => Date.now();

/** @param now the sandbox's clock, epoch milliseconds */
export async function startGraphServer(now: () => number = systemNow): Promise<GraphServer> {
  const directory = await mkdtemp(path.join(tmpdir(), "sandbox-graph-"));
  const refused = new Set<string>();
  const tokens = verifier(refused);
  const made = madePeople();
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const mail = await startMail({
    dataDir: directory,
    imapPort: 0,
    popPort: 0,
    smtpPort: 0,
    personas: made,
    seed: () => () => undefined,
    tokens,
    clock: { now },
  });
  const switches = openSwitches(directory, { now });
  const graph = createGraph({ graphUrl: url, store: mail.store, personas: made, tokens, switches, now, log });
  http.on("request", (req, res) => void graph.handle(req, res, req.url ?? "/").catch(log));
  const free = [...made];
  return {
    url,
    imapPort: mail.imapPort,
    popPort: mail.popPort!,
    store: mail.store,
    graph,
    refused,
    person() {
      const next = free.shift();
      if (next === undefined) throw new Error(`the sandbox was started with ${people} people`);
      const { address, password } = next;
      return { address, password, mailboxId: mail.store.mailboxId(address)!, token: `${address}|1` };
    },
    async imap({ address, password }) {
      const auth = { user: address, pass: password };
      const client = new ImapFlow({
        host: "127.0.0.1",
        port: mail.imapPort,
        doSTARTTLS: false,
        auth,
        logger: false,
      });
      await client.connect();
      return client;
    },
    limitsPassed: ({ mailboxId }) => mail.store.traffic.read(mailboxId).overLimit,
    async stop() {
      graph.stop();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await mail.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * The sandbox's fronts over one store of mailboxes, in this process and on the runs' clock: IMAP and Graph with what fails
 * there, POP3 beside. One for all runs; each run has a mailbox of its own.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { VerifiedToken } from "../../../sandbox/contract.ts";
import { createGraph, type Graph } from "../../../sandbox/graph/graph.ts";
import { startMail } from "../../../sandbox/mail/start.ts";
import type { MailStore } from "../../../sandbox/mail/store/mail-store.ts";
import { personas, type Persona } from "../../../sandbox/personas.ts";
import { openSwitches } from "../../../sandbox/switches.ts";
import { createChaosClock, type ChaosClock } from "../clock.ts";

export interface World {
  clock: ChaosClock;
  store: MailStore;
  faults: Graph["context"]["faults"];
  graphUrl: string;
  imapPort: number;
  popPort: number;
  smtpPort: number;
  /** Tokens that are taken no more. */
  refused: Set<string>;
  /** The mailbox of the next run, empty. */
  person(): { address: string; mailboxId: number };
  stop(): Promise<void>;
}

const mailScopes = ["IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"];
const graphScopes = ["User.Read", "Mail.ReadWrite", "Mail.Send"];

/** @param runs as many mailboxes are made */
export async function openWorld(runs: number): Promise<World> {
  const directory = await mkdtemp(path.join(tmpdir(), "chaos-transports-"));
  const clock = createChaosClock();
  const refused = new Set<string>();
  const tokens = { verify: (token: string) => verified(token, refused, clock.now()) };
  const people = madePeople(runs);
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const graphUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const switches = openSwitches(directory, clock);
  const mail = await startMail({
    dataDir: directory,
    imapPort: 0,
    smtpPort: 0,
    personas: people,
    seed: () => () => undefined,
    tokens,
    switches,
    clock,
  });
  const { store } = mail;
  let isStopping = false;
  // What was still asked of it when it ended finds its store closed.
  const log = (error: unknown): void => (isStopping ? undefined : console.error("sandbox:", error));
  const graph = createGraph({ graphUrl, store, personas: people, tokens, switches, now: clock.now, log });
  http.on("request", (req, res) => void graph.handle(req, res, req.url ?? "/").catch(log));
  const free = [...people];
  return {
    clock,
    store,
    faults: graph.context.faults,
    graphUrl,
    imapPort: mail.imapPort,
    popPort: mail.popPort!,
    smtpPort: mail.smtpPort,
    refused,
    person() {
      const { address } = free.shift()!;
      return { address, mailboxId: store.mailboxId(address)! };
    },
    async stop() {
      isStopping = true;
      clock.stop();
      graph.stop();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await mail.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Tokens are `address|mail|n` and `address|graph|n`: one resource each, as Microsoft's. */
function verified(token: string, refused: ReadonlySet<string>, nowMs: number): VerifiedToken | null {
  const [upn = "", resource = ""] = token.split("|");
  if (!upn.includes("@") || refused.has(token)) return null;
  const isGraph = resource === "graph";
  return {
    oid: "",
    upn,
    scopes: isGraph ? graphScopes : mailScopes,
    audience: isGraph ? "https://graph.microsoft.com" : "https://outlook.office.com",
    expiresAt: nowMs / 1000 + 3_600,
  };
}

function madePeople(runs: number): Persona[] {
  const well = personas.find(({ id }) => id === "well")!;
  return Array.from({ length: runs }, (_, index): Persona => {
    const id = `chaos${index}`;
    return { ...well, id, oid: id, address: `${id}@outlook.example`, language: "en" };
  });
}

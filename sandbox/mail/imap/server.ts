/** The IMAP front's listener: connections in, sessions out, and how many a mailbox may have. */
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Persona } from "../../personas.ts";
import type { ImapTrouble } from "../../personas/persona.ts";
import type { Switches } from "../../switches.ts";
import { behaviourOf } from "../behaviour.ts";
import type { Certificate } from "../certificate.ts";
import { closeServer, listen } from "../listening.ts";
import type { SignIn } from "../sign-in.ts";
import type { MailStore } from "../store/mail-store.ts";
import { CommandReader, outlookLimits } from "./command-reader.ts";
import { converse } from "./conversation.ts";
import { ImapSession } from "./session.ts";

/** What users have measured at Outlook.com; Microsoft names no figure. */
const connectionsPerMailbox = 20;

export type ImapFrontOptions = {
  port: number;
  store: MailStore;
  signIn: SignIn;
  switches: Switches;
  now: () => number;
  /** Implicit TLS with it; plain text without. */
  certificate: Certificate | null;
  log: (error: unknown) => void;
};

export type ImapFront = { port: number; close(): Promise<void> };

/** Listens on 127.0.0.1; port 0 picks a free one. */
export async function startImapFront(options: ImapFrontOptions): Promise<ImapFront> {
  const sockets = new Set<Socket>();
  const connections = new Map<number, number>();
  const troubleOf = troublesOf(options.switches);
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void serve(socket, options, connections, troubleOf);
  };
  const server: Server = options.certificate
    ? createTlsServer({ key: options.certificate.key, cert: options.certificate.cert }, accept)
    : createServer(accept);
  const port = await listen(server, options.port);
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await closeServer(server);
    },
  };
}

type TroubleOf = (persona: Persona) => ImapTrouble | null;

/** Asks the behaviour once a connection, and counts those troubles that come so many times only. */
function troublesOf(switches: Switches): TroubleOf {
  const given = new Map<string, number>();
  return (persona) => {
    switches.asked(persona);
    const { imap } = behaviourOf(persona, switches);
    if (imap?.times === undefined) return imap;
    const before = given.get(persona.id) ?? 0;
    if (before >= imap.times) return null;
    given.set(persona.id, before + 1);
    return imap;
  };
}

async function serve(
  socket: Socket,
  options: ImapFrontOptions,
  connections: Map<number, number>,
  troubleOf: TroubleOf,
): Promise<void> {
  // A reset connection ends the reader's iteration too; without a listener it would end the process.
  socket.on("error", () => undefined);
  socket.setNoDelay(true);
  let claimed: number | null = null;
  const claimConnection = (mailboxId: number): boolean => {
    const count = connections.get(mailboxId) ?? 0;
    if (count >= connectionsPerMailbox) return false;
    connections.set(mailboxId, count + 1);
    claimed = mailboxId;
    return true;
  };
  const { store, signIn, now } = options;
  const reader = new CommandReader(socket, outlookLimits, () =>
    session.send("+ Ready for additional command text."),
  );
  const session = new ImapSession({ store, signIn, now, claimConnection, troubleOf }, socket, reader);
  try {
    await converse(session, options.log);
  } catch (error) {
    options.log(error);
  } finally {
    session.dispose();
    if (claimed !== null) connections.set(claimed, (connections.get(claimed) ?? 1) - 1);
    socket.end();
  }
}

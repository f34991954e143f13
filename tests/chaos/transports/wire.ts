/** How a process of a run reaches its mailbox: our own sources over the sandbox's fronts, on lines that fail now and then. */
import type { Socket } from "node:net";
import type { Clock } from "../../../src/core/clock.ts";
import type { Log } from "../../../src/core/log.ts";
import { createGraphSender } from "../../../src/protocol/graph/graph-sender.ts";
import { createGraphSource } from "../../../src/protocol/graph/graph-source.ts";
import { createImapSource } from "../../../src/protocol/imap/imap-source.ts";
import type { MailSender } from "../../../src/protocol/mail-sender.ts";
import type { MailSource } from "../../../src/protocol/mail-source.ts";
import type { Dialer } from "../../../src/protocol/net/dialer.ts";
import { createPop3Source } from "../../../src/protocol/pop3/pop3-source.ts";
import { createSmtpSender } from "../../../src/protocol/smtp/smtp-sender.ts";
import { getMailbox } from "../../../src/store/mailboxes.ts";
import type { TenantDb } from "../../../src/store/tenant-db.ts";
import type { Transport } from "../../../src/store/transport.ts";
import type { ImapFaults } from "../imap-faults.ts";
import { at, outboxBy, type Wire } from "../process.ts";
import type { Random } from "../random.ts";
import type { Tally } from "../tally.ts";
import type { World } from "./world.ts";

/** Chances of each fault. */
export interface LineRates {
  /** A POP3 session, or an answer of Graph, that breaks off. */
  cut: number;
  /** A change on the server of which no notification tells. */
  unheard: number;
}

export interface LineParts {
  world: World;
  address: string;
  imap: Pick<ImapFaults, "port">;
  rates: LineRates;
  random: Random;
  tally: Tally;
  log: Log;
}

export interface Lines {
  wire: Wire;
  /** The tokens that are held are refused from now on. */
  expireTokens(): void;
}

interface SignIns {
  mail(refused?: string): Promise<{ user: string; accessToken: string }>;
  graph(refused?: string): Promise<{ accessToken: string }>;
  /** What is held now. */
  tokens(): string[];
}

/** A token a resource; one that was refused is followed by the next. */
function createSignIns(address: string): SignIns {
  const serials = { mail: 1, graph: 1 };
  const tokenOf = (resource: "mail" | "graph"): string => `${address}|${resource}|${serials[resource]}`;
  const ask = (resource: "mail" | "graph", refused?: string): string => {
    if (refused === tokenOf(resource)) serials[resource] += 1;
    return tokenOf(resource);
  };
  return {
    mail: async (refused) => ({ user: address, accessToken: ask("mail", refused) }),
    graph: async (refused) => ({ accessToken: ask("graph", refused) }),
    tokens: () => [tokenOf("mail"), tokenOf("graph")],
  };
}

export function createLines(parts: LineParts): Lines {
  const signIns = createSignIns(parts.address);
  return {
    wire: (clock, dialer) => wired({ ...parts, signIns, clock, dialer, fetch: failingFetch(parts) }),
    expireTokens() {
      for (const token of signIns.tokens()) parts.world.refused.add(token);
      parts.tally.add("token expired");
    },
  };
}

interface WireParts extends LineParts {
  signIns: SignIns;
  clock: Clock;
  dialer: Dialer;
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

function wired(parts: WireParts): ReturnType<Wire> {
  const { clock, log } = parts;
  return {
    openSource: async (_tenant, { transport }) => openSource(parts, transport),
    runOutbox: outboxBy({ clock, log }, async ({ tenant, mailboxId }) =>
      openSender(parts, await transportOf(tenant, mailboxId)),
    ),
  };
}

function openSource(parts: WireParts, transport: Transport): MailSource {
  const { world, imap, signIns, dialer, clock, log } = parts;
  const common = { clock, log, auth: signIns.mail };
  switch (transport) {
    case "imap":
      return createImapSource({
        ...common,
        server: at(imap.port),
        dialer,
        pollMs: 20_000,
        maxConnections: 3,
      });
    case "graph":
      return createGraphSource({ ...graphOptions(parts), push: pushOf(parts) });
    case "pop3":
      return createPop3Source({
        ...common,
        server: at(world.popPort),
        dialer: popDialer(dialer, parts),
        pollMs: 60_000,
        keepMs: 20,
      });
  }
}

const graphOptions = ({ world, signIns, fetch, clock, log }: WireParts) => ({
  baseUrl: world.graphUrl,
  auth: signIns.graph,
  fetch,
  clock,
  log,
});

const openSender = (parts: WireParts, transport: Transport): MailSender =>
  transport === "graph"
    ? createGraphSender({ ...graphOptions(parts), address: parts.address })
    : createSmtpSender({
        server: at(parts.world.smtpPort),
        dialer: parts.dialer,
        auth: parts.signIns.mail,
      });

const transportOf = async (tenant: TenantDb, mailboxId: string): Promise<Transport> =>
  (await getMailbox(tenant, mailboxId)).transport;

/** Answers that never come, come to half, or come although the line broke after the request had arrived. */
function failingFetch({ world: { clock }, rates, random, tally }: LineParts) {
  return async (url: string, init?: RequestInit): Promise<Response> => {
    const leave = clock.enter();
    try {
      const isCut = random.chance(rates.cut);
      if (isCut) tally.add("Graph: connection cut");
      if (isCut && random.chance(0.5)) throw new TypeError("fetch failed");
      const answer = await fetch(url, init);
      const body = await answer.arrayBuffer();
      if (isCut) throw new TypeError("terminated");
      const hasBody = answer.status !== 204 && answer.status !== 304;
      return new Response(hasBody ? body : null, { status: answer.status, headers: answer.headers });
    } finally {
      leave();
    }
  };
}

/** The clock stands while a session is open: it is short. */
function popDialer(dialer: Dialer, { world: { clock }, rates, random, tally }: LineParts): Dialer {
  return {
    ...dialer,
    async dial(request) {
      const dialed = await dialer.dial(request);
      const leave = clock.enter();
      dialed.socket.once("close", leave);
      if (random.chance(rates.cut * 4)) {
        tally.add("POP3: connection cut");
        cutSoon(dialed.socket, random.int(1, 30));
      }
      return dialed;
    },
  };
}

const cutSoon = (socket: Socket, ms: number): void => {
  const timer = setTimeout(() => socket.destroy(), ms);
  socket.once("close", () => clearTimeout(timer));
};

/** Notifications of the mailbox's changes, of which some get lost and some come twice. */
const pushOf = ({ world: { store }, rates, random, tally }: LineParts) => ({
  active: () => true,
  subscribe: (tell: (folderId: string | null) => void) =>
    store.feed.subscribeAll(() => {
      if (random.chance(rates.unheard)) return tally.add("notification lost");
      tell(null);
      if (random.chance(0.1)) tell(null);
    }),
});

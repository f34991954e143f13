/**
 * How a source of ours is tied to a mailbox of a test's server, over each transport: what is asked on the way can be heard,
 * held up and cut, in the words of the transport; what is meant by it is told in words that all have in common.
 */
import { readId } from "../../sandbox/graph/ids.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createGraphSource } from "../../src/protocol/graph/graph-source.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import { unpackUids } from "../../src/protocol/imap/uid-set.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import { createPop3Source } from "../../src/protocol/pop3/pop3-source.ts";
import { startFetchTap } from "./fetch-tap.ts";
import type { GraphPerson, GraphServer } from "./graph-server.ts";
import type { Login } from "./mail-servers.ts";
import { GraphNames, numberedGraph } from "./numbered-graph.ts";
import { silentLog } from "./silent-log.ts";
import { startWiretap, type Wiretap } from "./wiretap.ts";

export interface Line extends Wiretap {
  transport: MailSource["transport"];
  /** Another source of ours, through this line. */
  source(): MailSource;
  /** UIDs of the messages whose whole content was asked for. */
  wholes(): number[];
  /** What was asked for of bodies, whole or in part. */
  bodies(): string[];
  /** What would change the mailbox. */
  changes(): string[];
  /** Whether the transport tells of this flag. */
  knows(flag: string): boolean;
  /** The UID of a stored key, as IMAP names the message; null: it has none. */
  uid(key: string): number | null;
}

const dialer = createDialer({ allowPrivateHosts: true });
const common = { clock: systemClock, log: silentLog };

export async function imapLine(port: number, login: Login): Promise<Line> {
  const tap = await startWiretap(port);
  return {
    ...tap,
    transport: "imap",
    source: () =>
      createImapSource({
        ...common,
        server: { host: "127.0.0.1", port: tap.port, security: "none" },
        auth: async () => login,
        dialer,
        pollMs: 300,
      }),
    wholes: () =>
      tap.lines
        .filter((line) => /^UID FETCH .*BODY\.PEEK\[\]/.test(line))
        .flatMap((line) => unpackUids(line.split(" ")[2] ?? "") ?? []),
    bodies: () => tap.lines.filter((line) => /^UID FETCH .*BODY\.PEEK\[(?!HEADER)/.test(line)),
    changes: () =>
      tap.lines.filter((line) =>
        /^(SELECT|(UID )?(STORE|MOVE|COPY|EXPUNGE)|APPEND|CLOSE|CREATE)\b/.test(line),
      ),
    knows: () => true,
    uid: Number,
  };
}

type Books = Pick<GraphServer, "store">;

/** Nothing is removed while numbers are looked at: the n-th message of the Inbox has the UID n. */
export async function popLine(port: number, login: Login, { store }: Books): Promise<Line> {
  const tap = await startWiretap(port, { tagged: false });
  const asked = (verb: string): string[] => tap.lines.filter((line) => line.startsWith(`${verb} `));
  return {
    ...tap,
    transport: "pop3",
    source: () =>
      createPop3Source({
        ...common,
        server: { host: "127.0.0.1", port: tap.port, security: "none" },
        auth: async () => login,
        dialer,
        pollMs: 200,
        keepMs: 200,
      }),
    wholes: () => asked("RETR").map((line) => Number(line.split(" ")[1])),
    bodies: () => asked("RETR"),
    changes: () => asked("DELE"),
    knows: () => false,
    uid: (key) => store.items.find(Number.parseInt(key.slice(2), 36))?.uid ?? null,
  };
}

export async function graphLine(server: GraphServer, person: GraphPerson): Promise<Line> {
  const tap = startFetchTap();
  const names = new GraphNames(server.store, person.mailboxId);
  const whole = /^GET \S*\/messages\/([^/?]+)(?:\/\$value|\?\S*[=,]body(?:[,&]|$))/;
  const uidOf = (id: string): number | null =>
    server.store.items.find(readId(decodeURIComponent(id)).id)?.uid ?? null;
  return {
    ...tap,
    transport: "graph",
    source: () => {
      const source = createGraphSource({
        ...common,
        baseUrl: server.url,
        auth: async () => ({ accessToken: person.token }),
        fetch: tap.connect(),
        pollMs: 200,
      });
      return numberedGraph(source, names);
    },
    wholes: () =>
      tap.lines.flatMap((line) => {
        const id = whole.exec(line)?.[1];
        return id === undefined ? [] : (uidOf(id) ?? []);
      }),
    bodies: () => tap.lines.filter((line) => whole.test(line)),
    knows: (flag) => ["\\Seen", "\\Flagged", "\\Draft"].includes(flag),
    changes: () => tap.lines.filter((line) => !/^GET |\/\$batch$|\/subscriptions/.test(line)),
    uid: Number,
  };
}

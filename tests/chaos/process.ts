/**
 * A process of the product within this one: a supervisor with a pool, connections and a clock of its own, which can be
 * killed (as by SIGKILL: nothing of it does anything more) and paused (as by SIGSTOP: it goes on later, believing what it
 * believed).
 */
import type { Clock } from "../../src/core/clock.ts";
import type { Log } from "../../src/core/log.ts";
import { createInbox } from "../../src/inbox/inbox.ts";
import { runOutbox } from "../../src/inbox/outbox/run-outbox.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import { packMessage } from "../../src/protocol/mime/packed-body.ts";
import { parseHeaderOnly, parseMessage, parseParts } from "../../src/protocol/mime/parse.ts";
import type { MailSender } from "../../src/protocol/mail-sender.ts";
import type { Dialer } from "../../src/protocol/net/dialer.ts";
import { createSmtpSender } from "../../src/protocol/smtp/smtp-sender.ts";
import { createEventHints } from "../../src/store/event-hints.ts";
import type { Parser } from "../../src/sync/context.ts";
import type { SupervisorDeps } from "../../src/sync/office.ts";
import { startSupervisor } from "../../src/sync/supervisor.ts";
import type { ChaosClock } from "./clock.ts";
import { createAlarm, createGate, gatedClock, gatedPool, trackedDialer, type Watch } from "./gate.ts";
import { mailboxAddress } from "./mails.ts";
import type { ChaosServer } from "./server.ts";

export interface ChaosProcess {
  readonly id: string;
  readonly state: "running" | "paused" | "dead";
  /** Statements that changed mail, or its places, in transactions begun after another process had taken over. */
  readonly trespasses: readonly string[];
  kill(): void;
  pause(): void;
  /** Calls back right before its so many-th statement from now, in the middle of what it does. */
  atStatement(n: number, then: () => void): void;
  /** The same for the next pieces of work with the database: between transactions. */
  atTransaction(n: number, then: () => void): void;
  /** @param lost another process has taken over meanwhile */
  resume(lost: boolean): void;
  stop(): Promise<void>;
}

/** How a process reads and sends, as `app/` wires it. */
export type Wire = (clock: Clock, dialer: Dialer) => Pick<SupervisorDeps, "openSource" | "runOutbox">;

export interface ProcessParts {
  databaseUrl: string;
  wire: Wire;
  clock: ChaosClock;
  log: Log;
}

export async function startChaosProcess(parts: ProcessParts): Promise<ChaosProcess> {
  const { databaseUrl, wire, clock, log } = parts;
  const gate = createGate();
  const own = gatedClock(clock, gate);
  const watch: Watch = { lost: false, trespasses: [], statement: createAlarm(), transaction: createAlarm() };
  const pool = gatedPool(databaseUrl, { clock, gate, log, watch });
  const hints = createEventHints(pool, { log });
  const dialer = trackedDialer(clock, gate);
  const supervisor = await startSupervisor({
    pool,
    clock: own,
    log,
    facts: { kind: "chaos", hostname: "chaos", pid: process.pid },
    hints,
    inbox: createInbox({ clock: own }),
    parser: inlineParser,
    ...wire(own, dialer),
    onFailure: async () => ({ state: "backing_off" }),
    lookEveryMs: 15_000,
  });
  return {
    get id() {
      return supervisor.processId;
    },
    get state() {
      return gate.state;
    },
    trespasses: watch.trespasses,
    atStatement: watch.statement.set,
    atTransaction: watch.transaction.set,
    kill() {
      gate.close("dead");
      void hints.close();
      dialer.destroyAll();
      pool.destroyAll();
    },
    pause: () => gate.close("paused"),
    resume(lost) {
      if (lost) watch.lost = true;
      gate.open();
    },
    async stop() {
      await supervisor.stop();
      await hints.close();
      await pool.end();
      gate.close("dead");
    },
  };
}

type RunOutbox = SupervisorDeps["runOutbox"];

/** The outbox as `app/` runs it, without files; `openSender` is asked when there is something to send. */
export const outboxBy =
  (
    deps: { clock: Clock; log: Log },
    openSender: (work: Parameters<RunOutbox>[0]) => Promise<MailSender>,
  ): RunOutbox =>
  async (work) => {
    const { source, ...context } = work;
    let sent = false;
    const nextDueAtMs = await runOutbox({
      ...context,
      ...deps,
      blobs: { readBytes: async () => new Uint8Array() },
      withSource: (use) => use(source),
      openSender: async () => {
        sent = true;
        return openSender(work);
      },
    });
    return { sent, nextDueAtMs };
  };

export const at = (port: number) => ({ host: "127.0.0.1", port, security: "none" as const });

/** IMAP and SMTP on the lines of a run. */
export const wireTo =
  ({ server, log }: { server: ChaosServer; log: Log }): Wire =>
  (clock, dialer) => {
    let token: string | null = null;
    const auth = async (refused?: string) => {
      token = server.token(token, refused);
      return { user: mailboxAddress, accessToken: token };
    };
    return {
      openSource: async () =>
        createImapSource({
          server: at(server.imap.port),
          clock,
          log,
          dialer,
          auth,
          pollMs: 20_000,
          maxConnections: 3,
        }),
      runOutbox: outboxBy({ clock, log }, async () =>
        createSmtpSender({ server: at(server.smtp.port), dialer, auth }),
      ),
    };
  };

/** In this thread: what the threads are for (caps on time and memory) has its own tests. */
const inlineParser: Parser = {
  ready: async () => undefined,
  parse: async (content) => {
    if (content.kind === "unreadable") return packMessage(parseHeaderOnly(new Uint8Array(), "unreadable"));
    return packMessage(
      await (content.kind === "source" ? parseMessage(content.raw) : parseParts(content.parts)),
    );
  },
};

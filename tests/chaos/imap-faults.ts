/**
 * A line to an IMAP server on which faults happen: cut at a random byte of either direction, answers delayed, commands
 * refused by throttling, BYE, sessions whose token ran out, listings that leave messages out, capabilities hidden. It
 * reads just enough of IMAP to do so, whatever server stands behind it.
 */
import net from "node:net";
import type { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

/** Chances of each fault for one command. */
export interface ImapFaultRates {
  cut: number;
  delay: number;
  throttle: number;
  bye: number;
  expire: number;
  /** A listing of flags lacks rows, and says OK all the same. */
  incomplete: number;
}

export const noImapFaults: ImapFaultRates = {
  cut: 0,
  delay: 0,
  throttle: 0,
  bye: 0,
  expire: 0,
  incomplete: 0,
};

export interface ImapFaultOptions {
  random: Random;
  tally: Tally;
  /** Waits: for delayed answers. */
  sleep(ms: number): Promise<unknown>;
  /** Called when something begins on the wire; the returned function when it has ended. */
  enter?(): () => void;
  /** Words that vanish from CAPABILITY lines. */
  hidden?: readonly string[];
  /** The session's token is refused from now on. */
  onExpire?(): void;
}

export interface ImapFaults {
  port: number;
  rates: ImapFaultRates;
  /** Ends all connections at once, without a word: a crash, a renumbered folder. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Listens on a free loopback port in front of `port`. */
export async function startImapFaults(port: number, options: ImapFaultOptions): Promise<ImapFaults> {
  const lines = new Set<Line>();
  const faults = { rates: noImapFaults };
  const server = net.createServer((client) => {
    const line = new Line(client, net.connect(port, "127.0.0.1"), options, () => faults.rates);
    lines.add(line);
    client.on("close", () => lines.delete(line));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cutAll = (): void => {
    for (const line of lines) line.cut();
  };
  return Object.assign(faults, {
    port: (server.address() as net.AddressInfo).port,
    cutAll,
    stop: async () => {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Commands after which the server waits for the client: nothing is under way while they stand. */
const waits = /^IDLE$/i;
/** Verbs that are never swallowed: their state would be another than the client believes. */
const untouched = /^(IDLE|LOGIN|AUTHENTICATE|LOGOUT|APPEND|CAPABILITY|ID|ENABLE|NAMESPACE)$/i;

interface Pending {
  verb: string;
  leave: () => void;
  /** Rows of this listing to leave out: every n-th. */
  dropEvery: number;
}

class Line {
  readonly #client: net.Socket;
  readonly #server: net.Socket;
  readonly #options: ImapFaultOptions;
  readonly #rates: () => ImapFaultRates;
  readonly #pending = new Map<string, Pending>();
  readonly #leaveGreeting: () => void;
  #down = Promise.resolve();
  #held = 0;
  #rows = 0;
  #rest: Buffer = Buffer.alloc(0);
  #literal = 0;
  #budget: { direction: "up" | "down"; bytes: number } | null = null;

  constructor(
    client: net.Socket,
    server: net.Socket,
    options: ImapFaultOptions,
    rates: () => ImapFaultRates,
  ) {
    this.#client = client;
    this.#server = server;
    this.#options = options;
    this.#rates = rates;
    this.#leaveGreeting = options.enter?.() ?? (() => undefined);
    client.setNoDelay(true);
    server.setNoDelay(true);
    for (const socket of [client, server]) {
      socket.on("error", () => this.cut()); // either side may end it: the other is told by the end
      socket.on("close", () => this.cut());
    }
    client.on("data", (data: Buffer) => this.#fromClient(data));
    server.on("data", (data: Buffer) => this.#fromServer(data));
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
    this.#leaveGreeting();
    for (const { leave } of this.#pending.values()) leave();
    this.#pending.clear();
  }

  /** imapflow writes a command in one piece, literals in pieces of their own. */
  #fromClient(data: Buffer): void {
    const head = data.subarray(0, 300).toString("latin1");
    const [, tag = "", uid = "", verb = ""] = /^([A-Z0-9]+) (UID )?([A-Z]+)\b/i.exec(head) ?? [];
    if (verb !== "" && this.#begin(tag, verb, uid !== "", head)) return;
    this.#pass("up", data, this.#server);
  }

  /** @returns true when the command is not to reach the server */
  #begin(tag: string, verb: string, byUid: boolean, head: string): boolean {
    const { random, tally } = this.#options;
    const rates = this.#rates();
    const leave = waits.test(verb) ? () => undefined : (this.#options.enter?.() ?? (() => undefined));
    const pending: Pending = { verb, leave, dropEvery: 0 };
    this.#pending.set(tag, pending);
    if (random.chance(rates.cut)) {
      tally.add("connection cut");
      this.#budget = {
        direction: random.chance(0.4) ? "up" : "down",
        bytes: random.int(0, 1) * random.int(1, 600),
      };
    }
    if (random.chance(rates.delay)) {
      tally.add("answer delayed");
      this.#hold(random.int(100, 20_000), pending);
    }
    if (untouched.test(verb)) return false;
    if (random.chance(rates.bye)) return this.#bye("* BYE Server is shutting down.", "BYE");
    if (random.chance(rates.expire)) {
      this.#options.onExpire?.();
      return this.#bye("* BYE Session invalidated - AccessTokenExpired", "token expired");
    }
    if (random.chance(rates.throttle)) {
      tally.add("throttled");
      const ms = random.int(1, 30) * 1_000;
      this.#say(`${tag} BAD Request is throttled. Suggested Backoff Time: ${ms} milliseconds`);
      return true;
    }
    if (verb === "FETCH" && !byUid && /\(UID FLAGS\)\r?\n?$/.test(head) && random.chance(rates.incomplete)) {
      tally.add("listing incomplete");
      pending.dropEvery = random.int(1, 3);
      this.#rows = 0;
    }
    return false;
  }

  #bye(text: string, kind: string): boolean {
    this.#options.tally.add(kind);
    this.#say(text);
    void this.#down.then(() => setImmediate(() => this.cut()));
    return true;
  }

  #say(line: string): void {
    this.#queue(Buffer.from(`${line}\r\n`, "latin1"));
    const tag = line.split(" ")[0] ?? "";
    this.#end(tag);
  }

  #end(tag: string): void {
    const pending = this.#pending.get(tag);
    if (pending === undefined) return;
    this.#pending.delete(tag);
    void this.#down.then(() => pending.leave());
  }

  /** Everything the server says waits so long; nothing counts as under way meanwhile. */
  #hold(ms: number, pending: Pending): void {
    this.#held += 1;
    pending.leave();
    const held = this.#options.sleep(ms).then(() => void (this.#held -= 1));
    this.#down = this.#down.then(() => held);
  }

  #fromServer(data: Buffer): void {
    this.#leaveGreeting();
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const out: Buffer[] = [];
    while (this.#rest.length > 0) {
      const piece = this.#takePiece();
      if (piece === null) break;
      out.push(piece);
    }
    if (out.length > 0) this.#queue(Buffer.concat(out));
  }

  /** The next whole line, or a part of a literal; null: the line goes on. */
  #takePiece(): Buffer | null {
    if (this.#literal > 0) {
      const part = this.#rest.subarray(0, this.#literal);
      this.#literal -= part.length;
      this.#rest = this.#rest.subarray(part.length);
      return part;
    }
    const end = this.#rest.indexOf("\r\n");
    if (end < 0) return null;
    const line = this.#rest.subarray(0, end + 2);
    this.#rest = this.#rest.subarray(end + 2);
    const tail = line.subarray(-16).toString("latin1");
    this.#literal = Number(/\{(\d+)\}\r\n$/.exec(tail)?.[1] ?? 0);
    return this.#edited(line);
  }

  #edited(line: Buffer): Buffer {
    const text = line.subarray(0, 400).toString("latin1");
    const tag = /^([A-Z0-9]+) (OK|NO|BAD)\b/i.exec(text)?.[1];
    if (tag !== undefined) queueMicrotask(() => this.#end(tag));
    const { hidden = [] } = this.#options;
    if (hidden.length > 0 && /CAPABILITY /i.test(text)) {
      const words = line.toString("latin1").replace(/\r\n$/, "").split(" ");
      return Buffer.from(`${words.filter((word) => !hidden.includes(word)).join(" ")}\r\n`, "latin1");
    }
    const dropEvery = Math.max(0, ...[...this.#pending.values()].map((pending) => pending.dropEvery));
    if (dropEvery > 0 && /^\* \d+ FETCH \(UID \d+ FLAGS \([^)]*\)\)\r\n$/.test(text)) {
      this.#rows += 1;
      if (this.#rows % dropEvery === 0) return Buffer.alloc(0);
    }
    return line;
  }

  #queue(data: Buffer): void {
    if (this.#held === 0) {
      this.#pass("down", data, this.#client);
      return;
    }
    this.#down = this.#down.then(() => this.#pass("down", data, this.#client));
  }

  #pass(direction: "up" | "down", data: Buffer, to: net.Socket): void {
    const budget = this.#budget;
    if (budget === null || budget.direction !== direction) {
      if (to.writable) to.write(data);
      return;
    }
    if (data.length < budget.bytes) {
      budget.bytes -= data.length;
      if (to.writable) to.write(data);
      return;
    }
    this.#budget = null;
    if (to.writable) to.write(data.subarray(0, budget.bytes));
    to.end();
    setImmediate(() => this.cut());
  }
}

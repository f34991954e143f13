/**
 * Bytes of a connection to whole commands: lines with the literals they announce
 * (RFC 9051 2.2.1, 4.3; LITERAL+ of RFC 7888). It pulls, so a client that sends while
 * a command runs is held back by TCP.
 */

/** Stands in the text where a literal was. IMAP allows no NUL in a line. */
export const literalMark = "\0";

export type CommandText = {
  kind: "command";
  /** Bytes as Latin-1 characters; every literal replaced by `literalMark`. */
  text: string;
  literals: Buffer[];
};

export type CommandRefused = {
  kind: "refused";
  tag: string;
  reason: "line-too-long" | "literal-too-big" | "nul";
};

export type ReaderLimits = {
  lineBytes: number;
  /** For commands that carry a message. */
  messageBytes: number;
  /** For every other literal. */
  literalBytes: number;
};

export const outlookLimits: ReaderLimits = {
  lineBytes: 16_384,
  messageBytes: 64 * 1024 * 1024,
  literalBytes: 65_536,
};

/** Enough of a line to find its tag. */
const tagBytes = 100;

const literalEnd = /\{(\d{1,10})(\+?)\}$/;

export class CommandReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #limits: ReaderLimits;
  readonly #inviteLiteral: () => void;
  #chunks: Buffer[] = [];
  #size = 0;
  /** How the last overlong line began: its tag is wanted for the answer. */
  #overlongStart = "";

  /** `inviteLiteral` is called when the client waits for `+` before it sends a literal. */
  constructor(source: AsyncIterable<Buffer>, limits: ReaderLimits, inviteLiteral: () => void) {
    this.#source = source[Symbol.asyncIterator]();
    this.#limits = limits;
    this.#inviteLiteral = inviteLiteral;
  }

  /** The next command, or what was wrong with it; null when the connection has ended. */
  async readCommand(): Promise<CommandText | CommandRefused | null> {
    let text = "";
    const literals: Buffer[] = [];
    for (;;) {
      const line = await this.readLine();
      if (line === null) return null;
      const tag = tagOf(text === "" ? (line ?? this.#overlongStart) : text);
      if (line === undefined) return { kind: "refused", tag, reason: "line-too-long" };
      if (line.includes(literalMark)) return { kind: "refused", tag, reason: "nul" };
      const announced = literalEnd.exec(line);
      if (!announced) return { kind: "command", text: text + line, literals };
      text += line.slice(0, announced.index) + literalMark;
      const size = Number(announced[1]);
      const sentAnyway = announced[2] === "+";
      if (size > this.#allowed(text)) {
        if (sentAnyway && !(await this.#skip(size))) return null;
        if (sentAnyway) await this.readLine();
        return { kind: "refused", tag, reason: "literal-too-big" };
      }
      if (!sentAnyway) this.#inviteLiteral();
      const literal = await this.#readBytes(size);
      if (literal === null) return null;
      literals.push(literal);
    }
  }

  /** One line without its line break, as Latin-1; undefined if it is too long, null at the end. */
  async readLine(): Promise<string | null | undefined> {
    let searched = 0;
    let overlong = false;
    for (;;) {
      const buffer = this.#joined();
      const at = buffer.indexOf(10, searched);
      if (at >= 0) {
        this.#keep(buffer.subarray(at + 1));
        if (overlong) return undefined;
        if (at > this.#limits.lineBytes) {
          this.#overlongStart = buffer.toString("latin1", 0, tagBytes);
          return undefined;
        }
        return buffer.toString("latin1", 0, buffer[at - 1] === 13 ? at - 1 : at);
      }
      searched = buffer.length;
      if (buffer.length > this.#limits.lineBytes) {
        if (!overlong) this.#overlongStart = buffer.toString("latin1", 0, tagBytes);
        overlong = true;
        searched = 0;
        this.#keep(Buffer.alloc(0));
      }
      if (!(await this.#pull())) return null;
    }
  }

  #allowed(text: string): number {
    return /^\S+ APPEND /i.test(text) ? this.#limits.messageBytes : this.#limits.literalBytes;
  }

  async #readBytes(count: number): Promise<Buffer | null> {
    while (this.#size < count) if (!(await this.#pull())) return null;
    const buffer = this.#joined();
    this.#keep(buffer.subarray(count));
    return Buffer.from(buffer.subarray(0, count));
  }

  async #skip(count: number): Promise<boolean> {
    let left = count;
    for (;;) {
      if (this.#size >= left) {
        this.#keep(this.#joined().subarray(left));
        return true;
      }
      left -= this.#size;
      this.#keep(Buffer.alloc(0));
      if (!(await this.#pull())) return false;
    }
  }

  async #pull(): Promise<boolean> {
    try {
      const { value, done } = await this.#source.next();
      if (done === true) return false;
      this.#chunks.push(value);
      this.#size += value.length;
      return true;
    } catch {
      // A connection reset is an end like any other: nobody is left to be told.
      return false;
    }
  }

  #joined(): Buffer {
    const [only] = this.#chunks;
    const buffer = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    this.#keep(buffer);
    return buffer;
  }

  #keep(buffer: Buffer): void {
    this.#chunks = buffer.length > 0 ? [buffer] : [];
    this.#size = buffer.length;
  }
}

function tagOf(text: string): string {
  return /^([^\s()"{}%*\\\]\0]+)(?: |$)/.exec(text)?.[1] ?? "*";
}

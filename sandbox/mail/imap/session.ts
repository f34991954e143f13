/**
 * One IMAP connection's state:
 *
 *   not authenticated ── LOGIN, AUTHENTICATE ──▶ authenticated ◀── CLOSE, UNSELECT ── selected
 *                                                     └──────────── SELECT, EXAMINE ─────▲
 *   any ── LOGOUT, end of the connection, end of the token's life ──▶ logout
 *
 * An account that is in `trouble` after signing in gets no further than "authenticated": Outlook says
 * OK and then refuses its commands.
 */
import type { Socket } from "node:net";
import type { Persona } from "../../personas.ts";
import type { ImapTrouble } from "../../personas/persona.ts";
import type { SignedIn, SignIn } from "../sign-in.ts";
import type { MailStore } from "../store/mail-store.ts";
import type { CommandReader } from "./command-reader.ts";
import { Refusal, refusalOf } from "./refusal.ts";
import type { SelectedFolder } from "./selected-folder.ts";
import type { Folder } from "../store/folder-store.ts";

export type Account = {
  persona: Persona;
  mailboxId: number;
  /** What its commands are answered with; null while all is well. */
  trouble: ImapTrouble | null;
};

/** Too many connections of one mailbox are told in the words of a mailbox that does not open. */
const noPlace: ImapTrouble = { at: "command", says: "BAD User is authenticated but not connected." };

/** What a session needs of the server around it. */
export type SessionSurroundings = {
  store: MailStore;
  signIn: SignIn;
  now: () => number;
  /** Counts the session in; false if the mailbox already has all the connections it may. */
  claimConnection(mailboxId: number): boolean;
  /** What this persona's sign-in, or its commands, are answered with on this connection. */
  troubleOf(persona: Persona): ImapTrouble | null;
};

const largestTimer = 2_147_483_647;

export class ImapSession {
  readonly around: SessionSurroundings;
  readonly reader: CommandReader;
  readonly #socket: Socket;
  #account: Account | null = null;
  #selected: SelectedFolder | null = null;
  #expiry: NodeJS.Timeout | null = null;
  #commands = 0;
  ended = false;

  constructor(around: SessionSurroundings, socket: Socket, reader: CommandReader) {
    this.around = around;
    this.#socket = socket;
    this.reader = reader;
  }

  get store(): MailStore {
    return this.around.store;
  }

  get account(): Account {
    if (!this.#account) throw new Error("not authenticated");
    return this.#account;
  }

  get state(): "not-authenticated" | "authenticated" | "selected" {
    if (!this.#account) return "not-authenticated";
    return this.#selected ? "selected" : "authenticated";
  }

  get selected(): SelectedFolder {
    if (!this.#selected) throw new Error("no folder selected");
    return this.#selected;
  }

  /** Writes one line; text is bytes as Latin-1 characters. */
  send(line: string): void {
    if (this.#socket.writable) this.#socket.write(`${line}\r\n`, "latin1");
  }

  /** Waits until the client has taken most of what was sent, so that memory stays bounded. */
  async drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.once("drain", done);
      this.#socket.once("close", done);
    });
  }

  /** Opens the account's mailbox; its token's end will end the session. */
  authenticated(signedIn: SignedIn): void {
    const { persona } = signedIn;
    const mailboxId = this.store.mailboxId(persona.address);
    if (mailboxId === null) throw new Refusal("AUTHENTICATE failed.");
    const trouble = this.around.troubleOf(persona);
    if (trouble?.at === "sign-in") throw refusalOf(trouble.says);
    const hasPlace = this.around.claimConnection(mailboxId);
    this.#account = { persona, mailboxId, trouble: hasPlace ? trouble : noPlace };
    if (signedIn.expiresAt !== null) this.#endAt(signedIn.expiresAt);
  }

  /** The line that answers this command in place of the usual, without its tag; null where all is well. */
  troubleNow(): string | null {
    const trouble = this.#account?.trouble ?? null;
    if (trouble?.at !== "command") return null;
    this.#commands += 1;
    return this.#commands > (trouble.after ?? 0) ? trouble.says : null;
  }

  select(folder: SelectedFolder | null): void {
    this.#selected?.close();
    this.#selected = folder;
  }

  /** The folder of that name; refuses where there is none. */
  folder(name: string): Folder {
    const folder = this.store.folders.find(this.account.mailboxId, name);
    if (!folder) throw new Refusal("Mailbox doesn't exist, or you have no right to open it.");
    return folder;
  }

  /** Untagged responses for what others changed in the selected folder. */
  sendUpdates(mayExpunge: boolean): void {
    for (const line of this.#selected?.takeUpdates(mayExpunge) ?? []) this.send(line);
  }

  /** Sends what is left to send and closes the connection. */
  end(): void {
    this.ended = true;
    this.#socket.end();
  }

  /** Frees what the session holds; the connection is gone. */
  dispose(): void {
    if (this.#expiry) clearTimeout(this.#expiry);
    this.select(null);
  }

  #endAt(at: number): void {
    const delay = Math.min(Math.max(at - this.around.now(), 0), largestTimer);
    this.#expiry = setTimeout(() => {
      this.send("* BYE Session invalidated - AccessTokenExpired");
      this.ended = true;
      this.#socket.destroySoon();
    }, delay);
    this.#expiry.unref();
  }
}

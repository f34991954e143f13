/** What a command is: where it may be used, and what runs it. */
import type { ImapSession } from "./session.ts";
import type { Token } from "./tokens.ts";

export type CommandRequest = {
  tag: string;
  /** Upper case, without UID in front. */
  name: string;
  /** `UID FETCH` and its like. */
  byUid: boolean;
  args: Token[];
  /** The arguments as they stood on the line. */
  text: string;
};

export type Command = {
  /** The least state it needs; `fresh` only before signing in. */
  state: "any" | "fresh" | "authenticated" | "selected";
  /** Message numbers must hold still while it runs: no EXPUNGE before its end (RFC 9051 7.5.1). */
  keepsNumbers?: boolean;
  /**
   * Sends the untagged responses and returns the text behind `tag OK `, `NAME completed.` by default.
   * Throws Refusal or BadCommand for the other endings.
   */
  run(session: ImapSession, request: CommandRequest): Promise<string | void> | string | void;
};

export type CommandFamily = Record<string, Command>;

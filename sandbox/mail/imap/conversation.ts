/** The talk on one connection: greeting, then command after command until it ends. */
import { BadCommand, Refusal } from "./refusal.ts";
import type { Command, CommandFamily, CommandRequest } from "./command.ts";
import type { CommandText } from "./command-reader.ts";
import { authenticationCommands } from "./commands/authentication.ts";
import { connectionCommands } from "./commands/connection.ts";
import { folderChangeCommands } from "./commands/folder-change.ts";
import { folderListCommands } from "./commands/folder-list.ts";
import { messageReadCommands } from "./commands/messages-read.ts";
import { messageWriteCommands } from "./commands/messages-write.ts";
import { selectionCommands } from "./commands/selection.ts";
import type { ImapSession } from "./session.ts";
import { readTokens } from "./tokens.ts";

const commands: CommandFamily = {
  ...connectionCommands,
  ...authenticationCommands,
  ...folderListCommands,
  ...folderChangeCommands,
  ...selectionCommands,
  ...messageReadCommands,
  ...messageWriteCommands,
};

const withUid = new Set(["FETCH", "SEARCH", "STORE", "COPY", "MOVE", "EXPUNGE"]);

/** Serves the connection to its end. `log` hears of failures that are the sandbox's own. */
export async function converse(session: ImapSession, log: (error: unknown) => void): Promise<void> {
  session.send("* OK The Microsoft Exchange IMAP4 service is ready. [SANDBOX]");
  while (!session.ended) {
    const command = await session.reader.readCommand();
    if (command === null) return;
    if (command.kind === "refused") session.send(`${command.tag} BAD Command Argument Error. 11`);
    else await answer(session, command, log);
  }
}

async function answer(
  session: ImapSession,
  received: CommandText,
  log: (error: unknown) => void,
): Promise<void> {
  const match = /^([^\s()"{}%*\\\]\0+]+) +(?:(UID) +)?([A-Z]+)(?: +(.*))?$/is.exec(received.text);
  if (!match) {
    session.send(`${/^[\w.-]+/.exec(received.text)?.[0] ?? "*"} BAD Command Error. 12`);
    return;
  }
  const [, tag = "*", uid, verb = "", text = ""] = match;
  const name = verb.toUpperCase();
  const request: CommandRequest = { tag, name, byUid: uid !== undefined, args: [], text };
  const mayExpunge = !(commands[name]?.keepsNumbers && !request.byUid);
  const ending = await run(session, request, received.literals, log);
  if (ending.startsWith("* BYE")) {
    session.send(ending);
    session.end();
    return;
  }
  session.sendUpdates(mayExpunge);
  session.send(`${tag} ${ending}`);
  if (name === "LOGOUT" && ending.startsWith("OK")) session.end();
}

async function run(
  session: ImapSession,
  request: CommandRequest,
  literals: Buffer[],
  log: (error: unknown) => void,
): Promise<string> {
  const command = Object.hasOwn(commands, request.name) ? commands[request.name] : undefined;
  if (!command || (request.byUid && !withUid.has(request.name))) return "BAD Command Error. 12";
  const barred = barredBy(session, command, request.name);
  if (barred !== null) return barred;
  try {
    request.args = readTokens(request.text, literals);
    return `OK ${(await command.run(session, request)) ?? `${request.name} completed.`}`;
  } catch (error) {
    if (error instanceof BadCommand) return `BAD ${error.message}`;
    if (error instanceof Refusal) return `NO ${error.message}`;
    log(error);
    return "NO Server Unavailable. 15";
  }
}

function barredBy(session: ImapSession, command: Command, name: string): string | null {
  const { state } = session;
  const fresh = state === "not-authenticated";
  const trouble = fresh || name === "LOGOUT" || name === "CAPABILITY" ? null : session.troubleNow();
  if (trouble !== null) return trouble;
  const allowed =
    command.state === "any" ||
    (command.state === "fresh" && fresh) ||
    (command.state === "authenticated" && !fresh) ||
    (command.state === "selected" && state === "selected");
  return allowed ? null : "BAD Command received in Invalid state.";
}

/** AUTHENTICATE with SASL-IR (RFC 9051 6.2.2, RFC 4959) and LOGIN, with Outlook's ways of refusing. */
import { mailAudience, readXoauth2 } from "../../sign-in.ts";
import type { PasswordAnswer } from "../../sign-in.ts";
import type { CommandFamily } from "../command.ts";
import { BadCommand, Refusal } from "../refusal.ts";
import type { ImapSession } from "../session.ts";
import { textOf, unicodeOf } from "../tokens.ts";

/** Outlook's answer to any password since 16 September 2024. */
const basicAuthBlocked = "[AUTHENTICATIONFAILED] LogonDenied-BasicAuthBlocked-<UserType:OutlookCom>";

const failedChallenge = Buffer.from(
  JSON.stringify({ status: "400", schemes: "Bearer", scope: `${mailAudience}/IMAP.AccessAsUser.All` }),
).toString("base64");

export const authenticationCommands: CommandFamily = {
  AUTHENTICATE: {
    state: "fresh",
    async run(session, { args }) {
      const mechanism = textOf(args[0]).toUpperCase();
      if (args.length > 2) throw new BadCommand();
      const initial = args[1] ? textOf(args[1]) : null;
      if (mechanism === "XOAUTH2") return xoauth2(session, initial);
      if (mechanism === "PLAIN") return plain(session, initial);
      throw new Refusal("Unsupported authentication mechanism.");
    },
  },
  LOGIN: {
    state: "fresh",
    run(session, { args }) {
      if (args.length !== 2) throw new BadCommand();
      const answer = session.around.signIn.byPassword(unicodeOf(args[0]), unicodeOf(args[1]));
      openWithPassword(session, answer, "LOGIN failed.");
    },
  },
};

async function xoauth2(session: ImapSession, initial: string | null): Promise<void> {
  const response = await initialResponse(session, initial);
  const claimed = readXoauth2(response);
  const signedIn =
    claimed && session.around.signIn.byToken(claimed.user, claimed.accessToken, "IMAP.AccessAsUser.All");
  if (signedIn) {
    session.authenticated(signedIn);
    return;
  }
  session.send(`+ ${failedChallenge}`);
  // The client acknowledges with an empty line; whatever it sends, the attempt has failed.
  await session.reader.readLine();
  throw new Refusal("AUTHENTICATE failed.");
}

async function plain(session: ImapSession, initial: string | null): Promise<void> {
  const response = await initialResponse(session, initial);
  const [, user = "", password = ""] = Buffer.from(response, "base64").toString("utf8").split("\0");
  openWithPassword(session, session.around.signIn.byPassword(user, password), "AUTHENTICATE failed.");
}

async function initialResponse(session: ImapSession, initial: string | null): Promise<string> {
  if (initial !== null) return initial === "=" ? "" : initial;
  session.send("+ ");
  const line = await session.reader.readLine();
  if (line === null || line === undefined || line === "*") throw new BadCommand("AUTHENTICATE aborted.");
  return line;
}

function openWithPassword(session: ImapSession, answer: PasswordAnswer, failed: string): void {
  if (answer === "basic-auth-blocked") throw new Refusal(basicAuthBlocked);
  if (answer === "wrong") throw new Refusal(failed);
  session.authenticated(answer);
}

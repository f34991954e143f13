/** CAPABILITY, NOOP, LOGOUT (RFC 9051 6.1), ID (RFC 2971), NAMESPACE (RFC 2342), IDLE (RFC 2177). */
import type { CommandFamily } from "../command.ts";
import { capabilitiesAfter, capabilitiesBefore } from "../capabilities.ts";
import { BadCommand } from "../refusal.ts";
import type { ImapSession } from "../session.ts";

export const connectionCommands: CommandFamily = {
  CAPABILITY: {
    state: "any",
    run(session) {
      const fresh = session.state === "not-authenticated";
      session.send(`* CAPABILITY ${fresh ? capabilitiesBefore : capabilitiesAfter}`);
    },
  },
  NOOP: { state: "any", run: () => undefined },
  CHECK: { state: "selected", run: () => undefined },
  LOGOUT: {
    state: "any",
    run(session) {
      session.send("* BYE Microsoft Exchange Server IMAP4 server signing off.");
    },
  },
  ID: {
    state: "any",
    run(session, { args }) {
      if (args.length !== 1) throw new BadCommand();
      session.send('* ID ("name" "Microsoft.Exchange.Imap4.Imap4Server" "version" "15.20")');
    },
  },
  NAMESPACE: {
    state: "authenticated",
    run(session) {
      session.send('* NAMESPACE (("" "/")) NIL NIL');
    },
  },
  IDLE: { state: "authenticated", run: idle },
};

/** Tells every change at once until the client says DONE. */
async function idle(session: ImapSession): Promise<string> {
  session.sendUpdates(true);
  session.send("+ IDLE accepted, awaiting DONE command.");
  if (session.state === "selected") session.selected.onChange = () => session.sendUpdates(true);
  const line = await session.reader.readLine();
  if (session.state === "selected") session.selected.onChange = null;
  if (line === null) {
    session.end();
    return "IDLE completed.";
  }
  if (line?.trim().toUpperCase() !== "DONE") throw new BadCommand("Command Error. 12");
  return "IDLE completed.";
}

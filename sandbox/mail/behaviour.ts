/**
 * How the mailbox of a persona misbehaves just now: what its entry says, and how its switches stand. Each is something
 * that Outlook does to real users. The fronts (IMAP, POP, SMTP, Graph) ask here and nowhere else.
 */

import { noRestMailbox } from "../personas/account.ts";
import type { GraphTrouble, ImapTrouble, Persona, SmtpTrouble } from "../personas/persona.ts";
import type { Switches } from "../switches.ts";

export type MailBehaviour = {
  /** What IMAP says in place of its usual answers; null where it behaves. */
  imap: ImapTrouble | null;
  smtp: SmtpTrouble | null;
  /** The `-ERR` line that answers a POP sign-in. */
  pop: string | null;
  /** The error that answers every Graph request about the mailbox. */
  graph: GraphTrouble | null;
};

/** Sign-in succeeds, every command after it does not: IMAP off, or no mailbox yet. */
const notConnected: ImapTrouble = { at: "command", says: "BAD User is authenticated but not connected." };

/** Outlook.com's answer to POP where it is off; the same as to a wrong password. */
const popOff = "-ERR Logon failure: unknown user name or bad password.";

export function behaviourOf(persona: Persona, switches: Switches): MailBehaviour {
  const { imap = null, smtp = null, pop = null, graph = null } = persona.trouble ?? {};
  const { ready, imap: imapOn, pop: popOn } = switches.stateOf(persona);
  if (!ready) return { imap: notConnected, smtp, pop: popOff, graph: noRestMailbox };
  return {
    imap: imapOn ? imap : notConnected,
    smtp,
    pop: popOn ? pop : popOff,
    graph,
  };
}

/**
 * How the mailbox of a persona misbehaves. Each line is something Outlook does to real users; a
 * persona gets it by its id, so that a new failing persona is one more entry here.
 */

export type MailBehaviour = {
  /** Signs in, then answers every command `BAD User is authenticated but not connected.` */
  authenticatedButNotConnected: boolean;
};

/** A mailbox that behaves. */
export const wellBehaved: MailBehaviour = { authenticatedButNotConnected: false };

const byPersonaId: Record<string, Partial<MailBehaviour>> = {
  // The switch "Let devices and apps use IMAP" is off.
  "imap-off": { authenticatedButNotConnected: true },
};

export function behaviourOf(personaId: string): MailBehaviour {
  return { ...wellBehaved, ...byPersonaId[personaId] };
}

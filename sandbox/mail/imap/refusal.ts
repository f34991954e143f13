/** How a command ends other than by OK, in Outlook's own words where they are known. */

/** Answered `tag NO text`. */
export class Refusal extends Error {}

/** Answered `tag BAD text`; Outlook says this of nearly every malformed argument. */
export class BadCommand extends Error {
  constructor(text = "Command Argument Error. 11") {
    super(text);
  }
}

/** The refusal that answers `NO …` or `BAD …`. */
export const refusalOf = (says: string): Refusal | BadCommand =>
  says.startsWith("BAD ") ? new BadCommand(says.slice(4)) : new Refusal(says.replace(/^NO /, ""));

/** RFC 9051 7.1 TRYCREATE: the target folder of APPEND, COPY or MOVE does not exist. */
export function noTarget(): Refusal {
  return new Refusal("[TRYCREATE] Mailbox doesn't exist.");
}

/** What a persona is, and in which ways one can fail: a few mechanisms, told apart by data alone. */

/** Where the sandbox's page lists it. */
export type PersonaGroup =
  | "well"
  | "account"
  | "mailbox"
  | "permission"
  | "later"
  | "reading"
  | "sending"
  | "graph"
  | "codes";

/** At which step of signing in the identity platform refuses; `device` is the poll of a device code. */
export type SignInStep = "authorize" | "redeem" | "refresh" | "device";

/** A refusal of the identity platform; its words stand in identity/refusals.ts by this key. */
export type SignInTrouble = { at: SignInStep; refusal: string };

/**
 * What the IMAP server says in place of its usual answers. `says` is a line without its tag: `NO …` and `BAD …` are
 * tagged, one that begins with `* BYE` is not and ends the connection.
 */
export type ImapTrouble = {
  /** At LOGIN and AUTHENTICATE; at every command after signing in. */
  at: "sign-in" | "command";
  says: string;
  /** So many commands after signing in are answered as usual. Default 0. */
  after?: number;
  /** For so many connections; left out: for all. */
  times?: number;
};

/** A reply of the submission server, with its code, in place of the usual one. */
export type SmtpTrouble = { at: "auth" | "mail" | "rcpt" | "data"; says: string };

/** An answer of Microsoft Graph to every request about the mailbox. */
export type GraphTrouble = { status: number; code: string; message: string; retryAfterSeconds?: number };

export type Trouble = {
  signIn?: readonly SignInTrouble[];
  imap?: ImapTrouble;
  smtp?: SmtpTrouble;
  /** What POP answers to a sign-in, beginning with `-ERR`. */
  pop?: string;
  graph?: GraphTrouble;
  /** "Let devices and apps use …" is off, until it is switched on. */
  switchedOff?: readonly ("imap" | "pop")[];
  /** The mailbox is not made yet: until a while has passed, a mail has arrived, or it is made ready by hand. */
  notReady?: boolean;
  /** Names that the id token leaves out, whatever was asked for. */
  hiddenClaims?: readonly ("email" | "preferred_username")[];
  /** Life of its access tokens, where it is another than the sandbox's. */
  accessTokenSeconds?: number;
};

export type Persona = {
  /** Short and stable, used in file names and test ids. */
  id: string;
  /** Primary address. */
  address: string;
  /** Other addresses of the account: it signs in by them too, and mail to them lies in the same mailbox. */
  aliases?: readonly string[];
  /** User principal name where it is not the address. */
  principal?: string;
  displayName: string;
  /** For the sign-in page, and for IMAP LOGIN where `acceptsPassword` says so. Not a secret. */
  password: string;
  /** The fixed object id (`oid`). */
  oid: string;
  /** The tenant (`tid`). */
  tid: string;
  kind: "personal" | "work";
  /** Language of the mailbox: its folder names and most of its messages. */
  language: "en" | "zh" | "de" | "ja" | "ar";
  /** Whether IMAP and SMTP take the password, which Microsoft itself does no longer. */
  acceptsPassword: boolean;
  /** Addresses of shared mailboxes that it may open and send from. */
  mayOpen?: readonly string[];
  /** How it fails; left out: it does not. */
  trouble?: Trouble;
  /** Left out: `well`. */
  group?: PersonaGroup;
  /** What it will do, in one sentence, as shown on the sandbox's own page. */
  does: { en: string; zh: string };
};

/** The tenant of all personal accounts at Microsoft (id-token-claims-reference). */
export const consumerTenantId = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** The tenant of the sandbox's work accounts. */
export const workTenantId = "6f1d2c3b-4a5e-4978-8695-a4b3c2d1e0f9";

/** What an entry of the lists says; the rest follows from it. */
export type PersonaEntry = Pick<Persona, "id" | "displayName" | "does"> &
  Partial<Omit<Persona, "id" | "displayName" | "does">>;

/** A persona from its entry: personal, in English, without a password, at `id@outlook.example` unless it says otherwise. */
export function personaFrom(entry: PersonaEntry, group: PersonaGroup): Persona {
  const kind = entry.kind ?? "personal";
  const domain = kind === "work" ? "work.example" : "outlook.example";
  return {
    address: `${entry.id}@${domain}`,
    password: "sandbox",
    oid: oidOf(entry.id),
    tid: kind === "work" ? workTenantId : consumerTenantId,
    kind,
    language: "en",
    acceptsPassword: false,
    group,
    ...entry,
  };
}

/** A fixed object id made of the persona's id, in the shape Microsoft gives personal accounts. */
function oidOf(id: string): string {
  let [high, low] = [0x811c9dc5, 0x1000193];
  for (const char of id) {
    high = Math.imul(high ^ char.charCodeAt(0), 0x01000193) >>> 0;
    low = Math.imul(low + char.charCodeAt(0), 0x85ebca6b) >>> 0;
  }
  const text = hex(high) + hex(low);
  return `00000000-0000-0000-${text.slice(0, 4)}-${text.slice(4)}`;
}

const hex = (value: number): string => value.toString(16).padStart(8, "0");

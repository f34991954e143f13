/** Who may open which mailbox, by token or by password: one judgement for IMAP, POP3 and SMTP. */
import type { TokenVerifier } from "../contract.ts";
import { namesOf, type Persona } from "../personas.ts";

/** The resource of the mail protocols; a Graph token does not open them. */
export const mailAudience = "https://outlook.office.com";

export type MailScope = "IMAP.AccessAsUser.All" | "POP.AccessAsUser.All" | "SMTP.Send";

export type SignedIn = {
  persona: Persona;
  /** Milliseconds since 1970 at which the session ends; null with a password. */
  expiresAt: number | null;
};

export type PasswordAnswer = SignedIn | "basic-auth-blocked" | "wrong";

export class SignIn {
  readonly #personas: readonly Persona[];
  readonly #tokens: TokenVerifier;
  readonly #now: () => number;

  constructor(personas: readonly Persona[], tokens: TokenVerifier, now: () => number) {
    this.#personas = personas;
    this.#tokens = tokens;
    this.#now = now;
  }

  /**
   * Null for a token that is bad, expired, for another resource, without the scope, or another user's. `user` is the
   * user principal name; IMAP and POP3 take the primary address too, and a shared mailbox's that the account may open.
   */
  byToken(user: string, accessToken: string, scope: MailScope): SignedIn | null {
    const token = this.#tokens.verify(accessToken);
    if (!token || token.expiresAt * 1000 <= this.#now()) return null;
    if (token.audience.replace(/\/$/, "") !== mailAudience || !token.scopes.includes(scope)) return null;
    const owner = this.#persona(token.upn);
    const wanted = user.trim().toLowerCase();
    if (!owner) return null;
    const opens = [owner.principal ?? owner.address];
    if (scope !== "SMTP.Send") opens.push(owner.address, ...(owner.mayOpen ?? []));
    if (!opens.includes(wanted)) return null;
    const persona = this.#persona(wanted) ?? owner;
    return { persona, expiresAt: token.expiresAt * 1000 };
  }

  byPassword(user: string, password: string): PasswordAnswer {
    const persona = this.#persona(user);
    if (!persona) return "wrong";
    if (!persona.acceptsPassword) return "basic-auth-blocked";
    return persona.password === password ? { persona, expiresAt: null } : "wrong";
  }

  /** Who answers to this name; undefined when nobody does. */
  personaOf(user: string): Persona | undefined {
    return this.#persona(user);
  }

  #persona(user: string): Persona | undefined {
    const wanted = user.trim().toLowerCase();
    return this.#personas.find((persona) => namesOf(persona).includes(wanted));
  }
}

/** Reads `user=…^Aauth=Bearer …^A^A`; null if it is something else. */
export function readXoauth2(base64: string): { user: string; accessToken: string } | null {
  const fields = Buffer.from(base64, "base64").toString("utf8").split("\u0001");
  const user = fields.find((field) => field.startsWith("user="))?.slice(5);
  const bearer = /^auth=Bearer (\S+)$/i.exec(fields.find((field) => /^auth=/i.test(field)) ?? "");
  return user && bearer?.[1] ? { user, accessToken: bearer[1] } : null;
}

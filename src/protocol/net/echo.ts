/** Servers that answer a sign-in with what they were sent: the secret must not stand in evidence, answers or the log. Pure. */
import { HitchpostError } from "../../core/errors.ts";

export type SignInAuth = { user: string; pass: string } | { user: string; accessToken: string };

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Shorter ones stand in half of all words. */
const shortest = 4;

/** The secret as it goes over the wire: itself, and in base64 alone, for PLAIN (RFC 4616) and for XOAUTH2. */
function formsOf(auth: SignInAuth): string[] {
  const secret = "pass" in auth ? auth.pass : auth.accessToken;
  if (secret.length < shortest) return [];
  const { user } = auth;
  const sasl =
    "pass" in auth
      ? [`\0${user}\0${secret}`, `${user}\0${user}\0${secret}`]
      : [`user=${user}\u0001auth=Bearer ${secret}\u0001\u0001`];
  return [...sasl.map(base64), base64(secret), secret];
}

/** The error without the secret; its cause, which holds the server's words too, goes with it. */
export function withoutEcho(error: HitchpostError, auth: SignInAuth | undefined): HitchpostError {
  const forms = auth === undefined ? [] : formsOf(auth);
  const words = `${error.message} ${JSON.stringify(error.details)} ${String(error.cause)}`;
  if (!forms.some((form) => words.includes(form) || words.includes(JSON.stringify(form).slice(1, -1))))
    return error;
  const hide = (text: string): string => forms.reduce((line, form) => line.replaceAll(form, "····"), text);
  const details = Object.fromEntries(
    Object.entries(error.details).map(([name, value]) => [
      name,
      typeof value === "string" ? hide(value) : value,
    ]),
  );
  return new HitchpostError(error.code, hide(error.message), { details });
}

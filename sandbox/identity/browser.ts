/**
 * Which accounts are signed in in this browser: a random cookie names the browser, the state names
 * its accounts. This is what the account picker shows.
 */

import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { personaByOid, type Persona } from "../personas.ts";
import { readCookie } from "../http/form.ts";
import type { State } from "./state.ts";

const cookieName = "sandbox_browser";
const yearSeconds = 365 * 24 * 3600;

export type Browsers = ReturnType<typeof createBrowsers>;

/** `cookiePath`: the path of the public URL, with a slash at its end. */
export function createBrowsers(state: State, cookiePath: string, secure: boolean) {
  const attributes = `Path=${cookiePath}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  return {
    /** The personas signed in in the browser that sent this request. */
    accounts(req: IncomingMessage): Persona[] {
      const browser = readCookie(req, cookieName);
      if (browser === undefined) return [];
      return state.signedIn(browser).flatMap((oid) => personaByOid(oid) ?? []);
    },
    /** Remembers a sign-in; gives the browser its cookie when it has none yet. */
    signIn(req: IncomingMessage, res: ServerResponse, persona: Persona): void {
      let browser = readCookie(req, cookieName);
      if (browser === undefined) {
        browser = randomBytes(24).toString("base64url");
        res.appendHeader("set-cookie", `${cookieName}=${browser}; Max-Age=${yearSeconds}; ${attributes}`);
      }
      state.signIn(browser, persona.oid);
    },
    /** Signs every account out and takes the named cookies back. */
    signOut(req: IncomingMessage, res: ServerResponse, otherCookies: string[]): void {
      const browser = readCookie(req, cookieName);
      if (browser !== undefined) state.signOut(browser);
      for (const name of [cookieName, ...otherCookies]) {
        res.appendHeader("set-cookie", `${name}=; Max-Age=0; ${attributes}`);
      }
    },
  };
}

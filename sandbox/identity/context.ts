/** What the parts of identity have in common. */

import type { Provider } from "oidc-provider";
import type { Clock } from "../contract.ts";
import type { Browsers } from "./browser.ts";
import type { Keys } from "./keys.ts";
import type { State } from "./state.ts";
import type { Tokens } from "./tokens.ts";

export type IdentitySettings = {
  /** Without a slash at the end, e.g. `http://127.0.0.1:3000/sandbox`. */
  publicUrl: string;
  accessTokenSeconds: number;
  /** The pause that device code answers ask for, in seconds. */
  deviceIntervalSeconds: number;
};

export type IdentityContext = {
  settings: IdentitySettings;
  /** The path of the public URL, empty or `/sandbox`; every address begins with it. */
  basePath: string;
  clock: Clock;
  keys: Keys;
  state: State;
  tokens: Tokens;
  browsers: Browsers;
  provider: Provider;
};

/**
 * Parameters of our own that travel with an authorization request through oidc-provider: it is asked
 * for `openid` alone, since its rules for scopes and consent are not Microsoft's.
 */
export const ownParams = { scope: "sandbox_scope", tenant: "sandbox_tenant" } as const;

/** Letters of a device sign-in code, without hyphens as at Microsoft. */
export const userCodeLength = 9;

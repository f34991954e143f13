/** Counts a request that makes us contact other servers, by who asked for it. */
import { takeContact, type ContactKind } from "../connect/contact-limits.ts";
import type { ApiDeps } from "./deps.ts";
import type { Principal } from "./principal.ts";

/** @throws rate_limited */
export const countContactOf = (
  deps: Pick<ApiDeps, "clock">,
  { tenant, user, keyId }: Principal,
  what: ContactKind,
): Promise<void> =>
  takeContact(deps, tenant, user === null ? { keyId: keyId ?? "" } : { userId: user.id }, what);

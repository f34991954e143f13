/**
 * The people of the sandbox, as data: every page, the sign-in, the claims and the mailboxes are made
 * from this list, so one more persona is one more entry.
 */

import { accountPersonas } from "./personas/account.ts";
import { codePersonas } from "./personas/codes.ts";
import { permissionPersonas } from "./personas/permission.ts";
import type { Persona } from "./personas/persona.ts";
import { serverPersonas } from "./personas/servers.ts";
import { wellPersonas } from "./personas/well.ts";

export { consumerTenantId, type Persona } from "./personas/persona.ts";

export const personas: readonly Persona[] = [
  ...wellPersonas,
  ...accountPersonas,
  ...permissionPersonas,
  ...serverPersonas,
  ...codePersonas,
];

/** Every name it answers to: its address, its aliases, its user principal name. */
export const namesOf = (persona: Persona): string[] => [
  persona.address,
  ...(persona.aliases ?? []),
  ...(persona.principal === undefined ? [] : [persona.principal]),
];

/** The persona that answers to this address, whatever its case and surrounding blanks; undefined if none. */
export function personaByAddress(address: string): Persona | undefined {
  const wanted = address.trim().toLowerCase();
  return personas.find((persona) => namesOf(persona).includes(wanted));
}

/** The persona with this object id; undefined if none. */
export function personaByOid(oid: string): Persona | undefined {
  return personas.find((persona) => persona.oid === oid);
}

/** The findings, by code. */
import { accountFindings } from "./account.ts";
import { otherNameFindings } from "./other-names.ts";
import { appFindings } from "./app.ts";
import { graphFindings } from "./graph.ts";
import { identityFindings } from "./identity.ts";
import { installationFindings } from "./installation.ts";
import { mailboxFindings } from "./mailbox.ts";
import { networkFindings } from "./network.ts";
import { operatorFindings } from "./operator.ts";
import { otherProviderFindings } from "./other-providers.ts";
import { permissionFindings } from "./permission.ts";
import { sendingFindings } from "./sending.ts";
import { tlsFindings } from "./tls.ts";
import type { FindingKind } from "./types.ts";

export const findingCatalogue = {
  ...accountFindings,
  ...otherNameFindings,
  ...permissionFindings,
  ...appFindings,
  ...operatorFindings,
  ...installationFindings,
  ...identityFindings,
  ...mailboxFindings,
  ...graphFindings,
  ...sendingFindings,
  ...otherProviderFindings,
  ...tlsFindings,
  ...networkFindings,
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingCatalogue;

export const isFindingCode = (code: string): code is FindingCode => Object.hasOwn(findingCatalogue, code);

/** The kind for a stored code; one that this version does not know counts as `unknown`. */
export const findingKind = (code: string): FindingKind =>
  isFindingCode(code) ? findingCatalogue[code] : findingCatalogue.unknown;

/** The finding, and all that stay true when less is known; without `unknown`. */
export function withBroader(code: FindingCode): FindingCode[] {
  const all = new Set<FindingCode>([code]);
  // A set is walked in the order of insertion, and what is added meanwhile is walked, too.
  for (const at of all) for (const next of findingKind(at).broader) if (isFindingCode(next)) all.add(next);
  return [...all];
}

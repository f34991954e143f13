/** The findings, by code. */
import { accountFindings } from "./accounts.ts";
import { operatorFindings } from "./operator.ts";
import { serverFindings } from "./servers.ts";
import { signInFindings } from "./sign-in.ts";
import type { FindingKind } from "./types.ts";

export const findingCatalogue = {
  ...signInFindings,
  ...accountFindings,
  ...serverFindings,
  ...operatorFindings,
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingCatalogue;

/** The kind for a stored code; one that this version does not know counts as `unknown`. */
export const findingKind = (code: string): FindingKind =>
  Object.hasOwn(findingCatalogue, code) ? findingCatalogue[code as FindingCode] : findingCatalogue.unknown;

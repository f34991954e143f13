/**
 * The authorities under which Microsoft answers: `common`, `consumers`, `organizations` and tenant
 * ids, and which accounts each of them takes.
 * https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints
 */

import { consumerTenantId, personas, type Persona } from "../personas.ts";

const named = new Set(["common", "consumers", "organizations"]);

/** Whether there is such an authority here. */
export function tenantKnown(tenant: string): boolean {
  return (
    named.has(tenant) || tenant === consumerTenantId || personas.some((persona) => persona.tid === tenant)
  );
}

/** Whether this account may sign in under this authority. */
export function tenantTakes(tenant: string, persona: Persona): boolean {
  if (tenant === "common") return true;
  if (tenant === "organizations") return persona.kind === "work";
  if (tenant === "consumers") return persona.kind === "personal";
  return persona.tid === tenant;
}

/**
 * What the discovery document names as issuer: for several-tenant authorities with the literal
 * placeholder `{tenantid}`, as Microsoft does.
 */
export function discoveryIssuer(publicUrl: string, tenant: string): string {
  if (tenant === "consumers") return tokenIssuer(publicUrl, consumerTenantId);
  return tokenIssuer(publicUrl, named.has(tenant) ? "{tenantid}" : tenant);
}

/** The issuer that stands in tokens: always the account's real tenant. */
export function tokenIssuer(publicUrl: string, tid: string): string {
  return `${publicUrl}/${tid}/v2.0`;
}

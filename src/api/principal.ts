/** Who asks: a person by session cookie, or a program by API key; each bound to one workspace and one role. */
import { timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { HitchpostError } from "../core/errors.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import type { Operation, Role } from "./operation.ts";
import type { UserIdentity } from "./people/users.ts";

export interface Principal {
  workspaceId: string;
  role: Role;
  /** null for an API key. */
  user: UserIdentity | null;
  keyId: string | null;
  tenant: TenantDb;
}

const rank: Record<Role, number> = { agent: 0, admin: 1, owner: 2 };

/** @throws forbidden when the role is too low */
export function assertRole(principal: Principal, access: Operation["access"]): void {
  if (access !== "public" && rank[principal.role] < rank[access]) {
    throw new HitchpostError("forbidden", `This needs the role ${access}; yours is ${principal.role}.`);
  }
}

const unsafeMethods = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/**
 * With a cookie, a change must come from our own page (security.md): the Origin is the public address, or the very host
 * that was asked, if that is an IP literal or localhost (a name could be rebound to this server).
 * @throws forbidden
 */
export function assertOrigin(request: FastifyRequest, publicUrl: string): void {
  if (!unsafeMethods.has(request.method)) return;
  const origin = request.headers.origin;
  if (origin !== undefined && isOwnOrigin(origin, request.headers.host ?? "", publicUrl)) return;
  throw new HitchpostError("forbidden", "This request does not come from Hitchpost's own page.");
}

/** True when `origin` is the public address, or equals a `host` that cannot be rebound. */
export function isOwnOrigin(origin: string, host: string, publicUrl: string): boolean {
  if (origin === new URL(publicUrl).origin) return true;
  const url = URL.parse(origin);
  if (!url || url.host !== host) return false;
  const name = url.hostname.replace(/^\[|\]$/g, "");
  return name === "localhost" || isIP(name) > 0;
}

/** Constant-time comparison of two texts. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Secrets that we give out and never keep: API keys and invitation tokens. Each names its workspace, so that one row of
 * one workspace is looked at; only its SHA-256 is stored (32 random bytes need no slow hash).
 */
import { createHash, randomBytes } from "node:crypto";
import { isId } from "../core/ids.ts";

export interface IssuedToken {
  /** Shown once. */
  token: string;
  hash: Buffer;
}

/** `<prefix>_<workspace id without dashes>_<32 random bytes in base64url>` */
export function issueToken(prefix: string, workspaceId: string): IssuedToken {
  const token = `${prefix}_${workspaceId.replaceAll("-", "")}_${randomBytes(32).toString("base64url")}`;
  return { token, hash: hashToken(token) };
}

export const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();

/** The workspace a token names; null when it is not of this form. */
export function workspaceOfToken(prefix: string, token: string): string | null {
  const hex = new RegExp(`^${prefix}_([0-9a-f]{32})_[A-Za-z0-9_-]{43}$`).exec(token)?.[1];
  if (!hex) return null;
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return isId(id) ? id : null;
}

/** Addresses of Microsoft Graph: the configured base, paths below it, and the links that its answers give. Pure. */
import { HitchpostError } from "../../core/errors.ts";

/**
 * The base with its version: `https://graph.microsoft.com` → `https://graph.microsoft.com/v1.0`; one that names a version
 * (`/v1.0`, `/beta`) stays.
 *
 * @throws config_invalid when it is no http address
 */
export function apiBase(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new HitchpostError("config_invalid", `HITCHPOST_GRAPH_URL is no web address: ${baseUrl}`);
  const path = url.pathname.replace(/\/+$/, "");
  const versioned = /\/(v\d+(\.\d+)*|beta)$/i.test(path) ? path : `${path}/v1.0`;
  return url.origin + versioned;
}

/** `/me`, or `/users/…` for a shared mailbox. */
export const mailboxRoot = (mailbox: string | undefined): string =>
  mailbox === undefined ? "/me" : `/users/${encodeURIComponent(mailbox)}`;

/**
 * nextLink and deltaLink are followed as they are given, but never to another origin: the token goes with them.
 *
 * @throws protocol_error when it points elsewhere
 */
export function givenLink(base: string, link: string): string {
  const url = URL.parse(link, `${base}/`);
  if (url === null || url.origin !== new URL(base).origin)
    throw new HitchpostError("protocol_error", "Graph named a link to another server.", {
      details: { reason: "foreign_link", response: link.slice(0, 500) },
    });
  return url.href;
}

/** OData query of the options that are set; `$` and commas stay readable. */
export function query(options: Record<string, string | number | boolean | undefined>): string {
  const parts = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(String(value)).replaceAll("%2C", ",")}`],
  );
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Graph writes and takes times without fractions. */
export const odataTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

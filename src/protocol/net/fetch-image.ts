/** Fetches a remote image through the one dialer: every hop is checked, nothing of us is told, and there are caps. */
import type { Dialer } from "./dialer.ts";
import { fetchChecked } from "./fetch-checked.ts";

/**
 * @param url http or https, any host that the dialer allows
 * @throws host_not_allowed, dns_failed, network_*, tls_failed, payload_too_large, not_found when the server gives none
 */
export const fetchImage = (dialer: Dialer, url: string): Promise<Uint8Array> =>
  fetchChecked(dialer, url, {
    what: "The image",
    accept: "image/*",
    maxBytes: 10 * 1024 * 1024,
    maxRedirects: 3,
    timeoutMs: 10_000,
  });

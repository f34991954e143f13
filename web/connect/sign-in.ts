/** The ways out to the provider's sign-in, and back to where one goes on. */
import { startConnectLink } from "../api/gen/client.ts";

/** The link's word in the address of our own page; null for what is not one. */
export function linkOf(connectUrl: string): string | null {
  return /\/connect\/([\w-]{20,})$/u.exec(connectUrl)?.[1] ?? null;
}

/**
 * Binds this browser and goes to the provider. The cookie must be of the origin that the provider comes back to: on
 * another one (127.0.0.1 for localhost) the whole page moves there first.
 * Throws ApiError when the link is used up.
 */
export async function goToSignIn(connectUrl: string): Promise<void> {
  const link = linkOf(connectUrl);
  if (link === null || new URL(connectUrl, window.location.href).origin !== window.location.origin) {
    window.location.assign(connectUrl);
    return;
  }
  const { redirectTo } = await startConnectLink(link);
  window.location.assign(redirectTo);
}

/** The ways out to the provider's sign-in, and back to where one goes on. */
import { authorizeMailbox, startConnectLink } from "../api/gen/client.ts";
import type { Mailbox, Transport } from "../api/gen/model/index.ts";

/** The link's word in the address of our own page; null for what is not one. */
export function linkOf(connectUrl: string): string | null {
  return /\/connect\/([\w-]{20,})$/u.exec(connectUrl)?.[1] ?? null;
}

/**
 * Binds this browser and goes to the provider. The cookie must be of the origin that the provider comes back to: on
 * another one (127.0.0.1 for localhost) the whole page moves there first.
 * Throws ApiError when the link is used up.
 *
 * @param transport another way to the mailbox than was asked for before; where the permission that is kept serves it, the page
 *   it goes to is our own
 */
export async function goToSignIn(connectUrl: string, transport?: Transport): Promise<void> {
  const link = linkOf(connectUrl);
  if (link === null || new URL(connectUrl, window.location.href).origin !== window.location.origin) {
    window.location.assign(connectUrl);
    return;
  }
  const { redirectTo } = await startConnectLink(link, transport === undefined ? null : { transport });
  window.location.assign(redirectTo);
}

/** One more consent, for another way to a connected mailbox. Throws ApiError. */
export async function goToConsent({ id, address, provider }: Mailbox, transport: Transport): Promise<void> {
  const attempt = await authorizeMailbox({ address, provider, mailboxId: id, flow: "browser", transport });
  await goToSignIn(attempt.connectUrl);
}

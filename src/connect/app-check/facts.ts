/** What can be said of an app's settings without asking anybody. Pure. */

/** A secret's Value is 40 characters with signs; its ID is a GUID. */
export const looksLikeId = (secret: string): boolean =>
  /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i.test(secret.trim());

/** Microsoft takes redirect addresses of https, or of http on localhost (learn.microsoft.com: "Redirect URI restrictions"). */
export function redirectUsable(redirectUri: string): boolean {
  const { protocol, hostname } = new URL(redirectUri);
  return protocol === "https:" || (protocol === "http:" && hostname === "localhost");
}

/** A secret that expires within so many days is warned of. */
export const warnDays = 30;

const dayMs = 24 * 3_600_000;

/** Whole days until that day has ended, in UTC; negative when it is over. @param day `2027-03-31` */
export const daysLeft = (day: string, nowMs: number): number =>
  Math.ceil((Date.parse(`${day}T00:00:00Z`) + dayMs - nowMs) / dayMs) - 1;

/** Where to go after signing in: only ways within this page, never an address that somebody else put into the link. */
export const safeReturn = (to: string | undefined): string =>
  to !== undefined && /^\/(?![/\\])/u.test(to) ? to : "/";

/** One-time tokens that stand in a link's fragment: never sent by the browser, never left in the address bar. */

/** The token of a whole link, of `#token`, or the bare word; null when there is none. */
export function tokenIn(text: string): string | null {
  const word = text.trim().split("#").at(-1) ?? "";
  return /^[\w-]{16,200}$/u.test(word) ? word : null;
}

/** Reads the token of this page and removes it from the address bar and from this entry of the history. */
let taken: string | null = null;
export function takeToken(): string | null {
  const found = tokenIn(window.location.hash);
  if (window.location.hash !== "") {
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
    // A second look at the same page (React's strict mode, a failed first render) finds the hash gone.
    taken = found;
  }
  return found ?? taken;
}

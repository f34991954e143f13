/** The attempt that this browser began last: closing the tab must not lose it. Its state itself is the server's. */
const key = "hitchpost.attempt";

export function rememberAttempt(id: string | null): void {
  try {
    if (id === null) localStorage.removeItem(key);
    else localStorage.setItem(key, id);
  } catch {
    // Storage is switched off: the address of the page still carries the attempt.
  }
}

export function rememberedAttempt(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

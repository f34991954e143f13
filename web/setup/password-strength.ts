/** How good a new password is, by its length alone: length is what counts, and no rule about signs helps anybody. */
export const minPasswordLength = 10;

export type Strength = "empty" | "short" | "fair" | "good" | "strong";

export function passwordStrength(password: string): Strength {
  const { length } = password;
  if (length === 0) return "empty";
  if (length < minPasswordLength) return "short";
  // The same character over and over is as short as it gets, however long.
  if (new Set(password).size < 5) return "fair";
  if (length < 14) return "fair";
  return length < 20 ? "good" : "strong";
}

/** Of four bars, how many are lit. */
export const strengthBars: Record<Strength, number> = { empty: 0, short: 1, fair: 2, good: 3, strong: 4 };

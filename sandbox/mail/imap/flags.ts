/** The flags Outlook keeps (RFC 9051 2.3.2). Keywords of the client's own it takes and forgets. */
import { BadCommand } from "./refusal.ts";
import { textOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

export const systemFlags = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$MDNSent"];

/** Flags of a list, or standing bare, in Outlook's spelling and order; unknown keywords are dropped. */
export function readFlags(tokens: readonly Token[]): string[] {
  const items = tokens.flatMap((token) => (token.kind === "list" ? token.items : [token]));
  const wanted = new Set(items.map((item) => textOf(item).toLowerCase()));
  const known = systemFlags.map((flag) => flag.toLowerCase());
  for (const flag of wanted) {
    if (flag.startsWith("\\") && flag !== "\\recent" && !known.includes(flag)) throw new BadCommand();
  }
  return systemFlags.filter((flag) => wanted.has(flag.toLowerCase()));
}

export type FlagChange = "set" | "add" | "remove";

export function changedFlags(
  current: readonly string[],
  change: FlagChange,
  flags: readonly string[],
): string[] {
  const kept = systemFlags.filter((flag) => {
    if (change === "set") return flags.includes(flag);
    if (change === "add") return current.includes(flag) || flags.includes(flag);
    return current.includes(flag) && !flags.includes(flag);
  });
  return kept;
}

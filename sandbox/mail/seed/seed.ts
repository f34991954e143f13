/** What a new mailbox of a persona holds. */
import type { Persona } from "../../personas.ts";
import type { SeedMailbox } from "../store/mail-store.ts";

export function seedFor(_persona: Persona): SeedMailbox {
  return () => undefined;
}

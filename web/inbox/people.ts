/** How people and addresses are written in lists, threads and the composer. Pure. */
import type { MailAddress } from "../api/gen/model/index.ts";

const cjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** The name; without one the part before the @. */
export function personName({ name, address }: MailAddress): string {
  const given = name.trim();
  if (given !== "" && given.toLowerCase() !== address.toLowerCase()) return given;
  return address.split("@")[0] ?? address;
}

/** The first name, where a name is written so; Chinese, Japanese and Korean names stay whole. */
export function shortName(person: MailAddress): string {
  const name = personName(person);
  if (cjk.test(name) || name.includes(",") || person.name.trim() === "") return name;
  return name.split(/\s+/u)[0] ?? name;
}

export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The others of a conversation: everybody but our own mailboxes; ourselves when nobody else is there. */
export function others(participants: readonly MailAddress[], own: ReadonlySet<string>): MailAddress[] {
  const rest = participants.filter((person) => !own.has(person.address.toLowerCase()));
  return rest.length > 0 ? rest : [...participants];
}

/** One whole name, or the short names of several: `Ines Duarte`; `王晓梅, Tom`; `Ines, Tom +3`. */
export function whoLine(participants: readonly MailAddress[], own: ReadonlySet<string>): string {
  const people = others(participants, own);
  const [only] = people;
  if (only === undefined) return "";
  if (people.length === 1) return personName(only);
  const shown = people.slice(0, 3).map(shortName).join(", ");
  return people.length > 3 ? `${shown} +${people.length - 3}` : shown;
}

const addressPattern = /^[^\s@<>",;]+@[^\s@<>",;]+$/u;

/** Reads `Ines Duarte <ines@duarte.example>` or a bare address; null when there is none in it. */
export function parseAddress(text: string): MailAddress | null {
  const trimmed = text.trim().replace(/[,;]+$/u, "");
  const named = /^(?:"?([^"<>]*)"?\s*)<([^<>]+)>$/u.exec(trimmed);
  const address = (named?.[2] ?? trimmed).trim();
  return addressPattern.test(address) ? { name: (named?.[1] ?? "").trim(), address } : null;
}

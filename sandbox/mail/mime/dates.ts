/** Dates of mail: RFC 5322 3.3 out, and the day of a Date field in for SEARCH SENTSINCE and the like. */

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (value: number): string => String(value).padStart(2, "0");

/** `Mon, 02 Mar 2026 09:05:00 +0000`; `at` in milliseconds since 1970, `offsetMinutes` east of UTC. */
export function rfc5322Date(at: number, offsetMinutes = 0): string {
  const date = new Date(at + offsetMinutes * 60_000);
  const day = `${weekdays[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]}`;
  return `${day} ${date.getUTCFullYear()} ${clockTime(date)} ${zone(offsetMinutes)}`;
}

/** IMAP's INTERNALDATE, `02-Mar-2026 09:05:00 +0000` (RFC 9051 date-time), in UTC. */
export function imapDateTime(at: number): string {
  const date = new Date(at);
  const day = String(date.getUTCDate()).padStart(2, " ");
  return `${day}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()} ${clockTime(date)} +0000`;
}

/** Reads IMAP's date-time; null if it is none. Milliseconds since 1970. */
export function parseImapDateTime(text: string): number | null {
  const match = /^\s?(\d{1,2})-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/i.exec(text);
  if (!match) return null;
  const [, day, month, year, hour, minute, second, sign, zoneHour, zoneMinute] = match;
  const monthIndex = monthOf(month);
  if (monthIndex < 0) return null;
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === "-" ? -1 : 1);
  const local = Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  return local - offset * 60_000;
}

/** Reads IMAP's date, `1-Feb-2026`, to the day it names: whole days since 1970; null if it is none. */
export function parseImapDay(text: string): number | null {
  const match = /^(\d{1,2})-([a-z]{3})-(\d{4})$/i.exec(text);
  if (!match) return null;
  const monthIndex = monthOf(match[2]);
  if (monthIndex < 0) return null;
  return Date.UTC(Number(match[3]), monthIndex, Number(match[1])) / 86_400_000;
}

/** The day written in a Date field, disregarding its time and zone (RFC 9051 6.4.4, SENTON). */
export function sentDay(dateField: string): number | null {
  const match = /(\d{1,2})\s+([a-z]{3})[a-z]*\s+(\d{2,4})/i.exec(dateField);
  if (!match) return null;
  const monthIndex = monthOf(match[2]);
  const year = Number(match[3]);
  if (monthIndex < 0) return null;
  return Date.UTC(year < 100 ? year + 2000 : year, monthIndex, Number(match[1])) / 86_400_000;
}

function monthOf(name: string | undefined): number {
  return months.findIndex((month) => month.toLowerCase() === name?.toLowerCase());
}

function clockTime(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

function zone(offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

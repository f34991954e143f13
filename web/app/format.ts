/** Dates, sizes and counts by `Intl`, in the language of the page. Pure: the time of now is an argument. */
const dayMs = 86_400_000;

const cache = new Map<string, Intl.DateTimeFormat>();
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = cache.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    cache.set(key, format);
  }
  return format;
}

const calendarDay = (day: Date): number => Date.UTC(day.getFullYear(), day.getMonth(), day.getDate());

/** Whole days from `date` back to `now` by the calendar: 0 today, 1 yesterday; negative for days to come. */
export function daysAgo(date: Date, now: Date): number {
  return Math.round((calendarDay(now) - calendarDay(date)) / dayMs);
}

function capitalised(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

/** `10:42`, `9:07 PM`: the one way the page writes a time of day. */
export const clockTime = (iso: string, locale: string): string =>
  dateFormat(locale, { hour: "numeric", minute: "2-digit" }).format(new Date(iso));

/** A moment within a sentence: the time of day, and before it the day when that is not today. */
export function momentText(iso: string, now: Date, locale: string): string {
  const date = new Date(iso);
  if (daysAgo(date, now) === 0) return clockTime(iso, locale);
  const sameYear = date.getFullYear() === now.getFullYear();
  return dateFormat(locale, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
    hour: "numeric",
    minute: "2-digit",
  }).format(date);
}

/** The shortest time that still says when: `10:42`, `Yesterday`, `Fri`, `14 Mar`, `14/03/2024`. */
export function listTime(iso: string, now: Date, locale: string): string {
  const date = new Date(iso);
  const days = daysAgo(date, now);
  if (days === 0) return clockTime(iso, locale);
  if (days === 1)
    return capitalised(new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-1, "day"), locale);
  if (days > 1 && days < 7) return dateFormat(locale, { weekday: "short" }).format(date);
  if (date.getFullYear() === now.getFullYear())
    return dateFormat(locale, { day: "numeric", month: "short" }).format(date);
  return dateFormat(locale, { day: "2-digit", month: "2-digit", year: "numeric" }).format(date);
}

/** A time inside a thread: `10:42`, `Yesterday 10:42`, `Fri 10:42`, `14 Mar, 10:42`, `14 Mar 2024, 10:42`. */
export function messageTime(iso: string, now: Date, locale: string): string {
  const date = new Date(iso);
  const days = daysAgo(date, now);
  if (days > 0 && days < 7) return `${listTime(iso, now, locale)} ${clockTime(iso, locale)}`;
  return momentText(iso, now, locale);
}

/** The whole date and time, for tooltips and `title`. */
export const fullTime = (iso: string, locale: string): string =>
  dateFormat(locale, { dateStyle: "full", timeStyle: "short" }).format(new Date(iso));

/** `March 2025`. */
export const monthOf = (iso: string, locale: string): string =>
  dateFormat(locale, { month: "long", year: "numeric" }).format(new Date(iso));

/** `in 3 hours`, `2 days ago`: the largest unit that is at least one. */
export function relativeTime(iso: string, now: Date, locale: string): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ["year", 31_536_000],
    ["month", 2_592_000],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), "second");
}

/** `1.8 MB`, `640 kB`, `12 bytes`. */
export function fileSize(bytes: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(value);
}

export const count = (value: number, locale: string): string => new Intl.NumberFormat(locale).format(value);

export const percent = (value: number, locale: string): string =>
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(value);

/** A person as their initials: the first letters of two words, or one character of a name in Chinese, Japanese or Korean. */
import { cx } from "./class-names.ts";

const cjk = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** At most two letters that stand for a name, or for the address where there is no name. */
export function initials(name: string): string {
  const words = name
    .replace(/["'“”„«»()<>[\]]/gu, " ")
    .split(/[\s@._,-]+/u)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const first = words[0];
  if (first === undefined) return "·";
  if (cjk.test(first)) return [...first][0] ?? "·";
  const last = words.length > 1 && !name.includes("@") ? words.at(-1) : undefined;
  return `${[...first][0] ?? ""}${last === undefined ? "" : ([...last][0] ?? "")}`.toLocaleUpperCase();
}

const sizes = { s: "size-[22px] text-[10px]", m: "size-7 text-[11px]", l: "size-10 text-m" };

export function Avatar({
  name,
  size = "m",
  tone = "accent",
}: {
  name: string;
  size?: keyof typeof sizes;
  tone?: "accent" | "plain";
}) {
  return (
    <span
      aria-hidden
      className={cx(
        "grid shrink-0 place-items-center rounded-full font-semibold select-none",
        tone === "accent" ? "bg-accent-soft text-accent" : "bg-raise text-ink-2",
        sizes[size],
      )}
    >
      {initials(name)}
    </span>
  );
}

/** A provider as a small tile of its own colour. Drawn here: no company's logo is copied. */
import { AtSign, FlaskConical, Mail } from "lucide-react";
import { cx } from "../ui/class-names.ts";

/** Deep enough for white letters on a light and on a dark page. */
const marks: Record<string, { colour: string; letter: string }> = {
  outlook: { colour: "#0f5ea8", letter: "O" },
  microsoft365: { colour: "#b8401c", letter: "365" },
  gmail: { colour: "#b93325", letter: "G" },
  yahoo: { colour: "#5b1fb0", letter: "Y!" },
  icloud: { colour: "#2f6f9f", letter: "i" },
  qq: { colour: "#3d4f63", letter: "QQ" },
  netease: { colour: "#a3202b", letter: "163" },
  fastmail: { colour: "#24426b", letter: "F" },
};

export function ProviderMark({ id, size = "m" }: { id: string; size?: "m" | "l" }) {
  const mark = marks[id];
  const box = cx(
    "grid shrink-0 place-items-center rounded-s font-semibold select-none",
    size === "l" ? "size-10 text-[13px]" : "size-8 text-[11px]",
  );
  if (id === "sandbox")
    return (
      <span aria-hidden className={cx(box, "bg-warn-soft text-warn")}>
        <FlaskConical size={size === "l" ? 19 : 16} strokeWidth={1.8} />
      </span>
    );
  if (mark === undefined)
    return (
      <span aria-hidden className={cx(box, "bg-raise text-ink-2")}>
        {id === "other" ? <AtSign size={16} strokeWidth={1.8} /> : <Mail size={16} strokeWidth={1.8} />}
      </span>
    );
  return (
    <span
      aria-hidden
      className={cx(box, "ring-1 ring-line/40 ring-inset")}
      style={{ background: mark.colour, color: "#fff" }}
    >
      {mark.letter}
    </span>
  );
}

/** What a menu looks like once it is open; loaded by Menu.tsx. */
import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { cx } from "./class-names.ts";
import { Kbd } from "./Kbd.tsx";
import type { MenuEntry, MenuProps } from "./Menu.tsx";

const popupClass =
  "z-50 max-h-[var(--available-height)] min-w-52 overflow-y-auto rounded-m border border-line bg-sheet p-1 shadow-float outline-none " +
  "transition-[opacity,scale] origin-[var(--transform-origin)] data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0";

export function MenuPopup({
  trigger,
  items,
  side = "bottom",
  align = "start",
  open = false,
  onOpenChange,
}: MenuProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange?.(next)}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner side={side} align={align} sideOffset={6} collisionPadding={8} className="z-50">
          <Base.Popup className={popupClass}>
            {items.map((item) => (
              <MenuLine key={item.id} item={item} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function MenuLine({ item }: { item: MenuEntry }) {
  if (item.kind === "line") return <Base.Separator className="mx-2.5 my-1 h-px bg-line" />;
  if (item.kind === "label")
    return (
      <div className="max-w-64 truncate px-2.5 pt-2 pb-1 text-2xs font-semibold text-ink-3">{item.label}</div>
    );
  const { label, onSelect, icon, keys, hint, tone = "plain", checked = false, disabled = false } = item;
  return (
    <Base.Item
      onClick={onSelect}
      disabled={disabled}
      className={cx(
        "flex min-h-8 cursor-default items-center gap-2.5 rounded-s px-2.5 py-1 text-s outline-none select-none data-highlighted:bg-raise touch:min-h-11",
        "data-disabled:opacity-50",
        tone === "danger" ? "text-bad" : "text-ink",
      )}
    >
      {icon !== undefined && <span className={cx("shrink-0", tone === "plain" && "text-ink-3")}>{icon}</span>}
      <span className="min-w-0 flex-1">{label}</span>
      {hint !== undefined && <span className="pl-4 text-xs text-ink-3 tabular-nums">{hint}</span>}
      {checked && <Check size={14} className="text-accent" aria-hidden />}
      {keys !== undefined && <Kbd keys={keys} />}
    </Base.Item>
  );
}

/**
 * A menu that opens from a button. Its entries are data, and what draws them is loaded when a menu is first reached
 * for, or when the browser has nothing else to do.
 */
import { cloneElement, lazy, Suspense, useEffect, useState, type ReactElement, type ReactNode } from "react";

export type MenuEntry =
  | {
      kind?: "item";
      id: string;
      label: ReactNode;
      onSelect: () => void;
      icon?: ReactNode;
      keys?: string | undefined;
      hint?: ReactNode;
      tone?: "plain" | "danger";
      checked?: boolean;
      disabled?: boolean;
    }
  | { kind: "label"; id: string; label: ReactNode }
  | { kind: "line"; id: string };

export interface MenuTriggerProps {
  onClick?: (event: React.MouseEvent) => void;
  onPointerEnter?: (event: React.PointerEvent) => void;
  "aria-haspopup"?: "menu";
  "aria-expanded"?: boolean;
}

export interface MenuProps {
  trigger: ReactElement<MenuTriggerProps>;
  items: readonly MenuEntry[];
  side?: "top" | "bottom";
  align?: "start" | "center" | "end";
  /** Given: the menu is opened and closed from outside, too (by a key). */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

const load = () => import("./MenuPopup.tsx");
const MenuPopup = lazy(async () => ({ default: (await load()).MenuPopup }));

export function Menu(props: MenuProps) {
  const [asked, setAsked] = useState(false);
  const [own, setOwn] = useState(false);
  const open = props.open ?? own;
  const setOpen = props.onOpenChange ?? setOwn;
  useEffect(() => {
    if (typeof requestIdleCallback !== "function") return;
    const idle = requestIdleCallback(() => void load());
    return () => cancelIdleCallback(idle);
  }, []);
  const { onClick, onPointerEnter } = props.trigger.props;
  const closed = cloneElement(props.trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: (event) => {
      onPointerEnter?.(event);
      void load();
    },
    onClick: (event) => {
      onClick?.(event);
      setAsked(true);
      setOpen(true);
    },
  });
  if (!asked && !open) return closed;
  return (
    <Suspense fallback={closed}>
      <MenuPopup {...props} open={open} onOpenChange={setOpen} />
    </Suspense>
  );
}

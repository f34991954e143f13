/** A dialog in the middle of the screen, on a phone a sheet from below. Escape and a click beside it close it. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "./Button.tsx";
import { cx } from "./class-names.ts";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the main one last. */
  actions?: ReactNode;
  width?: "s" | "m" | "l";
  /** Nothing inside takes the focus: a button to close it does, with this name, and the text can be scrolled by key. */
  closeLabel?: string;
}

const widths = { s: "max-w-md", m: "max-w-xl", l: "max-w-3xl" };

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  actions,
  width = "s",
  closeLabel,
}: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          className={cx(
            "fixed top-[12vh] left-1/2 z-40 flex max-h-[76vh] w-[calc(100vw-32px)] -translate-x-1/2 flex-col rounded-l border border-line bg-sheet shadow-float outline-none",
            "transition-[opacity,translate] data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0",
            "phone:top-auto phone:bottom-0 phone:max-h-[88dvh] phone:w-full phone:max-w-none phone:rounded-b-none phone:pb-[env(safe-area-inset-bottom)]",
            widths[width],
          )}
        >
          {closeLabel !== undefined && (
            <Base.Close
              aria-label={closeLabel}
              className={cx(buttonClass("quiet"), "absolute top-4 right-4 w-[34px] px-0! touch:w-10")}
            >
              <X size={18} />
            </Base.Close>
          )}
          <div className="px-6 pt-5">
            <Base.Title className="text-h font-semibold tracking-[-0.01em]">{title}</Base.Title>
            {description !== undefined && (
              <Base.Description className="mt-1 text-m text-ink-2">{description}</Base.Description>
            )}
          </div>
          <div
            {...(closeLabel === undefined ? {} : { tabIndex: 0 })}
            className="min-h-0 flex-1 overflow-y-auto px-6 pt-4 pb-6 -outline-offset-2!"
          >
            {children}
          </div>
          {actions !== undefined && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-6 py-4">{actions}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

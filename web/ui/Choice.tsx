/** Checkbox and switch: each with its words beside it, the whole line clickable. */
import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { Check, Minus } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./class-names.ts";

interface ChoiceProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  label: ReactNode;
  hint?: ReactNode;
  className?: string;
}

interface CheckboxProps extends ChoiceProps {
  indeterminate?: boolean;
  /** Hides the words from sight; they are still read out. */
  bare?: boolean;
}

export function Checkbox({
  checked,
  onChange,
  disabled = false,
  label,
  hint,
  indeterminate = false,
  bare = false,
  className,
}: CheckboxProps) {
  return (
    <label className={cx("flex items-start gap-2.5", className)}>
      <BaseCheckbox.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        indeterminate={indeterminate}
        className={cx(
          "mt-[2px] grid size-[17px] shrink-0 place-items-center rounded-xs border border-ink-3 bg-sheet text-on-accent transition-colors",
          "data-checked:border-accent data-checked:bg-accent data-indeterminate:border-accent data-indeterminate:bg-accent data-disabled:opacity-50",
        )}
      >
        <BaseCheckbox.Indicator>
          {indeterminate ? <Minus size={12} strokeWidth={3} /> : <Check size={12} strokeWidth={3} />}
        </BaseCheckbox.Indicator>
      </BaseCheckbox.Root>
      <span className={bare ? "sr-only" : "min-w-0"}>
        {label}
        {hint !== undefined && <span className="block text-s text-ink-3">{hint}</span>}
      </span>
    </label>
  );
}

export function Switch({ checked, onChange, disabled = false, label, hint, className }: ChoiceProps) {
  return (
    <label className={cx("flex items-start justify-between gap-4", className)}>
      <span className="min-w-0">
        {label}
        {hint !== undefined && <span className="block text-s text-ink-3">{hint}</span>}
      </span>
      <BaseSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="mt-0.5 flex h-5 w-9 shrink-0 rounded-full bg-ink-3 p-[2px] transition-colors data-checked:bg-accent data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="size-4 rounded-full bg-sheet transition-transform data-checked:translate-x-4" />
      </BaseSwitch.Root>
    </label>
  );
}

/** Form fields: a label above, the control, then either a hint or what is wrong and how to put it right. */
import { Field as Base } from "@base-ui/react/field";
import type { InputHTMLAttributes, ReactNode, Ref, SelectHTMLAttributes } from "react";
import { cx } from "./class-names.ts";

export const controlClass =
  "w-full rounded-s border border-field bg-sheet px-3 text-m text-ink transition-colors hover:border-ink-3 " +
  "focus-visible:border-accent focus-visible:outline-offset-0 disabled:opacity-60 aria-invalid:border-bad data-invalid:border-bad phone:text-l";

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong, in a person's words; shown in place of the hint and read out. */
  error?: string | null | undefined;
  className?: string;
  children: ReactNode;
}

/** Ties label, hint and error to the control inside it. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const wrong = error !== undefined && error !== null && error !== "";
  return (
    <Base.Root invalid={wrong} className={cx("flex flex-col gap-1.5", className)}>
      <Base.Label className="text-s font-medium text-ink-2">{label}</Base.Label>
      {children}
      {wrong ? (
        <Base.Error match className="text-s text-bad" role="alert">
          {error}
        </Base.Error>
      ) : (
        hint !== undefined && <Base.Description className="text-s text-ink-3">{hint}</Base.Description>
      )}
    </Base.Root>
  );
}

export function Input({
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <Base.Control render={<input {...rest} className={cx(controlClass, "h-10", className)} />} />;
}

/** The system's own select: best on phones, reachable by every assistive tool. */
export function Select({
  className,
  children,
  ...rest
}: SelectHTMLAttributes<HTMLSelectElement> & { ref?: Ref<HTMLSelectElement> }) {
  return (
    <Base.Control
      render={
        <select {...rest} className={cx(controlClass, "h-10 pr-8", className)}>
          {children}
        </select>
      }
    />
  );
}

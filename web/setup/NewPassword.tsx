/** A field for a new password, with its strength as it is typed. */
import { useState } from "react";
import { useTexts } from "../app/i18n.ts";
import { PasswordInput } from "../connect/PasswordInput.tsx";
import { cx } from "../ui/class-names.ts";
import { Field } from "../ui/Field.tsx";
import { minPasswordLength, passwordStrength, strengthBars, type Strength } from "./password-strength.ts";

const colours: Record<Strength, string> = {
  empty: "bg-line",
  short: "bg-bad",
  fair: "bg-warn",
  good: "bg-good",
  strong: "bg-good",
};

export function NewPassword({
  label,
  error,
  name = "password",
}: {
  label: string;
  error: string | null | undefined;
  name?: string;
}) {
  const { t } = useTexts();
  // Only what the bars need is kept: the password itself stays in its field.
  const [look, setLook] = useState<{ strength: Strength; missing: number }>({
    strength: "empty",
    missing: 0,
  });
  const { strength } = look;
  const words =
    strength === "short"
      ? t("setup.strength.short", { count: look.missing })
      : t(`setup.strength.${strength}`);
  return (
    <div>
      <Field label={label} error={error}>
        <PasswordInput
          name={name}
          autoComplete="new-password"
          onChange={({ target }) =>
            setLook({
              strength: passwordStrength(target.value),
              missing: Math.max(0, minPasswordLength - target.value.length),
            })
          }
        />
      </Field>
      <div className="mt-2 flex gap-1" aria-hidden>
        {[1, 2, 3, 4].map((bar) => (
          <span
            key={bar}
            className={cx(
              "h-1 flex-1 rounded-full transition-colors",
              bar <= strengthBars[strength] ? colours[strength] : "bg-line",
            )}
          />
        ))}
      </div>
      <p aria-live="polite" className="mt-1 text-s text-ink-3">
        {(error ?? "") === "" && words}
      </p>
    </div>
  );
}

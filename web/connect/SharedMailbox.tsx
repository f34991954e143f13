/** A shared mailbox has no sign-in of its own: somebody who may open it signs in for it. */
import { useTexts } from "../app/i18n.ts";
import { Switch } from "../ui/Choice.tsx";
import { Field, Input } from "../ui/Field.tsx";

export interface SharedChoice {
  /** Who opens it; empty: not said. */
  delegate: string;
}

interface SharedMailboxProps {
  /** null: it is no shared mailbox. */
  value: SharedChoice | null;
  onChange: (value: SharedChoice | null) => void;
}

export function SharedMailbox({ value, onChange }: SharedMailboxProps) {
  const { t } = useTexts();
  return (
    <div className="mt-5 rounded-m border border-line bg-sheet px-4 py-3">
      <Switch
        checked={value !== null}
        onChange={(on) => onChange(on ? { delegate: "" } : null)}
        label={<span className="font-medium">{t("connect.method.shared")}</span>}
        hint={t("connect.method.sharedText")}
      />
      {value !== null && (
        <Field label={t("connect.method.delegate")} hint={t("connect.method.delegateHint")} className="mt-3">
          <Input
            type="email"
            value={value.delegate}
            autoComplete="email"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => onChange({ delegate: event.target.value.trim() })}
          />
        </Field>
      )}
    </div>
  );
}

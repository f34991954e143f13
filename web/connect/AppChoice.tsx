/** Which Microsoft app a sign-in goes by, where the workspace has several. */
import type { Provider } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { Field, Select } from "../ui/Field.tsx";

interface AppChoiceProps {
  apps: Provider["apps"];
  /** null: the mailbox's own, else the default. */
  chosen: string | null;
  onChoose: (id: string | null) => void;
  /** A reconnect begins with the app that the mailbox has. */
  reconnect: boolean;
}

export function AppChoice({ apps, chosen, onChoose, reconnect }: AppChoiceProps) {
  const { t } = useTexts();
  if (apps.length < 2) return null;
  const nameOf = ({ name }: AppChoiceProps["apps"][number]) => (name === "" ? t("apps.environment") : name);
  const first = apps.find((app) => app.isDefault);
  return (
    <Field label={t("connect.method.app")} className="mt-4">
      <Select value={chosen ?? ""} onChange={(event) => onChoose(event.target.value || null)}>
        <option value="">
          {reconnect || first === undefined ? t("connect.method.appKept") : nameOf(first)}
        </option>
        {apps
          .filter((app) => reconnect || app !== first)
          .map((app) => (
            <option key={app.id} value={app.id}>
              {nameOf(app)}
            </option>
          ))}
      </Select>
    </Field>
  );
}

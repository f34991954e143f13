/** A password field whose text can be shown. */
import { Eye, EyeOff } from "lucide-react";
import { useState, type InputHTMLAttributes, type Ref } from "react";
import { useTexts } from "../app/i18n.ts";
import { Input } from "../ui/Field.tsx";

export function PasswordInput(
  props: Omit<InputHTMLAttributes<HTMLInputElement>, "type" | "className"> & { ref?: Ref<HTMLInputElement> },
) {
  const { t } = useTexts();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Input
        {...props}
        type={shown ? "text" : "password"}
        spellCheck={false}
        autoCapitalize="none"
        className="pr-10"
      />
      <button
        type="button"
        aria-label={t(shown ? "setup.hide" : "setup.show")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 right-0 grid w-10 place-items-center rounded-s text-ink-3 transition-colors hover:text-ink"
      >
        <Icon size={16} aria-hidden />
      </button>
    </div>
  );
}

/** Changes the language where no settings are at hand yet: sign-in, setup, public pages. */
import { Languages } from "lucide-react";
import { Button } from "../ui/Button.tsx";
import { languages, useTexts } from "./i18n.ts";
import { speak } from "./speak.ts";

export function LanguageButton() {
  const { language } = useTexts();
  const other = language === "en" ? "zh" : "en";
  return (
    <Button
      tone="quiet"
      size="s"
      lang={other === "zh" ? "zh-CN" : "en"}
      icon={<Languages size={15} />}
      onClick={() => void speak(other)}
    >
      {languages[other]}
    </Button>
  );
}

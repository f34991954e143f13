/** The person who is signed in: settings, appearance, language, sign-out; and the way to the help. */
import { useNavigate } from "@tanstack/react-router";
import { Keyboard, LogOut, Monitor, Moon, Settings, Sun } from "lucide-react";
import { errorText } from "../app/error-text.ts";
import { languages, useTexts } from "../app/i18n.ts";
import { signOut, useMember } from "../app/session.ts";
import { shortcuts } from "../app/shortcuts.ts";
import { speak } from "../app/speak.ts";
import { setTheme, useTheme, type Theme } from "../app/theme.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Menu, type MenuEntry } from "../ui/Menu.tsx";
import { toasts } from "../ui/toast-store.ts";

const themes: [Theme, "app.themeSystem" | "app.themeLight" | "app.themeDark", typeof Sun][] = [
  ["system", "app.themeSystem", Monitor],
  ["light", "app.themeLight", Sun],
  ["dark", "app.themeDark", Moon],
];

const runHelp = () =>
  shortcuts
    .snapshot()
    .find((command) => command.id === "help")
    ?.run();

export function PersonMenu() {
  const { t, language } = useTexts();
  const { user } = useMember();
  const theme = useTheme();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
      await navigate({ to: "/sign-in", search: {} });
    } catch (error) {
      toasts.show(errorText(error, t), { tone: "bad" });
    }
  };
  const items: MenuEntry[] = [
    { kind: "label", id: "email", label: user.email },
    {
      id: "settings",
      icon: <Settings size={15} />,
      keys: "g s",
      label: t("app.settings"),
      onSelect: () => void navigate({ to: "/settings/{-$section}", params: {} }),
    },
    { id: "help", icon: <Keyboard size={15} />, keys: "?", label: t("app.help"), onSelect: runHelp },
    { kind: "line", id: "line-1" },
    { kind: "label", id: "theme", label: t("app.theme") },
    ...themes.map(([name, label, Icon]): MenuEntry => ({
      id: name,
      icon: <Icon size={15} />,
      checked: theme === name,
      label: t(label),
      onSelect: () => setTheme(name),
    })),
    { kind: "label", id: "language", label: t("app.language") },
    ...(["en", "zh"] as const).map((name): MenuEntry => ({
      id: name,
      checked: language === name,
      label: <span lang={name === "zh" ? "zh-CN" : "en"}>{languages[name]}</span>,
      onSelect: () => void speak(name),
    })),
    { kind: "line", id: "line-2" },
    { id: "sign-out", icon: <LogOut size={15} />, label: t("app.signOut"), onSelect: () => void leave() },
  ];
  return (
    <Menu
      side="top"
      items={items}
      trigger={
        <button
          type="button"
          className="mt-2 flex h-10 w-full items-center gap-2.5 rounded-s px-2 text-s font-medium text-ink-2 transition-colors hover:bg-raise hover:text-ink"
        >
          <Avatar name={user.name} size="s" />
          <span className="truncate">{user.name}</span>
        </button>
      }
    />
  );
}

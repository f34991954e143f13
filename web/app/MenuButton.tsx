/** Opens the sidebar where there is no room for it. */
import { Menu as MenuIcon } from "lucide-react";
import { IconButton } from "../ui/Button.tsx";
import { useTexts } from "./i18n.ts";
import { useSidebarDrawer } from "./sidebar-drawer.ts";

export function MenuButton({ className }: { className?: string }) {
  const { t } = useTexts();
  const open = useSidebarDrawer();
  return (
    <IconButton
      label={t("app.menu")}
      className={`docked:hidden ${className ?? ""}`}
      onClick={() => open(true)}
    >
      <MenuIcon size={18} />
    </IconButton>
  );
}

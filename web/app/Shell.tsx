/** What surrounds every screen of a member: sidebar, commands, help, live events, notices. */
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { onSignedOut } from "../api/signed-out.ts";
import { lazy, Suspense, useEffect, useCallback, useMemo, useState } from "react";
import { Sidebar } from "../inbox/Sidebar.tsx";
import { useLiveInbox } from "../inbox/use-live-inbox.ts";
import { Toaster } from "../ui/Toaster.tsx";
import { useTexts } from "./i18n.ts";
import { OfflineNotice } from "./OfflineNotice.tsx";
import { useMember } from "./session.ts";
import type { Command } from "./shortcuts.ts";
import { SidebarDrawer } from "./sidebar-drawer.ts";
import { TroubleBanner } from "./TroubleBanner.tsx";
import { useCommands, useShortcutKeys } from "./use-commands.ts";
import { useIdle } from "./use-idle.ts";
import { useDrawer } from "./use-media.ts";

const loadPalette = () => import("./CommandPalette.tsx");
const CommandPalette = lazy(async () => ({ default: (await loadPalette()).CommandPalette }));
const Drawer = lazy(async () => ({ default: (await import("../ui/Drawer.tsx")).Drawer }));
const AppNotice = lazy(async () => ({
  default: (await import("../settings/microsoft/AppNotice.tsx")).AppNotice,
}));
const ShortcutHelp = lazy(async () => ({ default: (await import("./ShortcutHelp.tsx")).ShortcutHelp }));

type Overlay = "palette" | "help" | null;

function useShellCommands(setOverlay: (overlay: Overlay) => void): void {
  const navigate = useNavigate();
  const mayConnect = useMember().role !== "agent";
  const commands = useMemo((): Command[] => {
    const toView = (view: string) => void navigate({ to: "/inbox/$view", params: { view } });
    return [
      {
        id: "palette",
        label: "app.palette",
        group: "app",
        keys: ["mod+k"],
        whileTyping: true,
        run: () => setOverlay("palette"),
      },
      { id: "help", label: "app.help", group: "app", keys: ["?"], run: () => setOverlay("help") },
      {
        id: "settings",
        label: "app.settings",
        group: "app",
        keys: ["g s"],
        run: () => void navigate({ to: "/settings/{-$section}", params: {} }),
      },
      {
        id: "explain",
        label: "app.explain",
        group: "app",
        keys: ["g e"],
        run: () => void navigate({ to: "/explain" }),
      },
      {
        id: "connect",
        label: "inbox.connect",
        group: "app",
        enabled: mayConnect,
        run: () => void navigate({ to: "/connect/new", search: {} }),
      },
      {
        id: "view-mine",
        label: "inbox.go.mine",
        group: "moving",
        keys: ["g m"],
        run: () => toView("mine"),
      },
      {
        id: "view-unassigned",
        label: "inbox.go.unassigned",
        group: "moving",
        keys: ["g u"],
        run: () => toView("unassigned"),
      },
      {
        id: "view-open",
        label: "inbox.go.open",
        group: "moving",
        keys: ["g i"],
        run: () => toView("open"),
      },
      {
        id: "view-snoozed",
        label: "inbox.go.snoozed",
        group: "moving",
        keys: ["g z"],
        run: () => toView("snoozed"),
      },
      {
        id: "view-closed",
        label: "inbox.go.closed",
        group: "moving",
        keys: ["g c"],
        run: () => toView("closed"),
      },
      { id: "view-all", label: "inbox.go.all", group: "moving", keys: ["g a"], run: () => toView("all") },
    ];
  }, [mayConnect, navigate, setOverlay]);
  useCommands(commands);
}

/** Signed out elsewhere, or the session has ended: to the sign-in with an empty memory, and back here afterwards. */
function leaveForSignIn(): void {
  const to = window.location.pathname + window.location.search;
  window.location.assign(`/sign-in?to=${encodeURIComponent(to)}&ended=1`);
}

export function Shell() {
  const { t } = useTexts();
  const drawer = useDrawer();
  /** The address at which the drawer was opened: going anywhere closes it. */
  const [drawerAt, setDrawerAt] = useState<string | null>(null);
  const [overlay, setOverlay] = useState<Overlay>(null);
  const path = useRouterState({ select: (state) => state.location.href });
  const setDrawer = useCallback((open: boolean) => setDrawerAt(open ? path : null), [path]);
  useShortcutKeys();
  useShellCommands(setOverlay);
  const { connection, announcement } = useLiveInbox();
  useIdle(loadPalette); // what is typed before it is there would go to the shortcuts
  useEffect(() => onSignedOut(leaveForSignIn), []);
  const close = () => setOverlay(null);

  return (
    <SidebarDrawer value={setDrawer}>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-s focus:bg-sheet focus:px-3 focus:py-2"
      >
        {t("app.skip")}
      </a>
      <div className="flex h-full flex-col">
        <OfflineNotice connection={connection} />
        <TroubleBanner />
        <Suspense>
          <AppNotice />
        </Suspense>
        <div className="flex min-h-0 flex-1">
          {drawer ? (
            <Suspense>
              <Drawer open={drawerAt === path} onOpenChange={setDrawer} label={t("app.menu")}>
                <Sidebar />
              </Drawer>
            </Suspense>
          ) : (
            <div className="w-[228px] shrink-0 border-r border-line">
              <Sidebar />
            </div>
          )}
          <main id="main" tabIndex={-1} className="min-w-0 flex-1 outline-none">
            <Outlet />
          </main>
        </div>
      </div>
      <div aria-live="polite" className="sr-only">
        {announcement}
      </div>
      <Toaster dismissLabel={t("app.dismiss")} regionLabel={t("app.notices")} />
      <Suspense>
        {overlay === "palette" && <CommandPalette onClose={close} />}
        {overlay === "help" && <ShortcutHelp onClose={close} />}
      </Suspense>
    </SidebarDrawer>
  );
}

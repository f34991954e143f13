/** Whether the sidebar is open where it is a drawer; screens offer the button, the shell the drawer. */
import { createContext, useContext } from "react";

export const SidebarDrawer = createContext<(open: boolean) => void>(() => undefined);
export const useSidebarDrawer = (): ((open: boolean) => void) => useContext(SidebarDrawer);

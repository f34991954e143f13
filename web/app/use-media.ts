/** Whether a media query holds now. */
import { useSyncExternalStore } from "react";

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Too narrow for the sidebar beside the screens: the same border as the `docked:` variant in styles.css. */
export const useDrawer = (): boolean => useMedia("(width < 1000px)");
/** One column, thumb-sized: the same border as the `phone:` variant in styles.css. */
export const usePhone = (): boolean => useMedia("(width < 760px)");

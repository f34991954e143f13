/** Light, dark, or as the system has it. Kept in this browser; `public/assets/theme-1.js` applies it before the first paint. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
const key = "hitchpost.theme";
const listeners = new Set<() => void>();
const systemDark = () => window.matchMedia("(prefers-color-scheme: dark)");

export function readTheme(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Stored when storage is allowed; otherwise it holds until the page is left. */
export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Storage is switched off: nothing to keep it in.
  }
  for (const listener of listeners) listener();
}

const resolved = (): "light" | "dark" => {
  const theme = readTheme();
  if (theme !== "system") return theme;
  return systemDark().matches ? "dark" : "light";
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const query = systemDark();
  query.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    query.removeEventListener("change", listener);
  };
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, readTheme);
/** What is on the screen now: e-mail frames are asked for in it. */
export const useResolvedTheme = (): "light" | "dark" => useSyncExternalStore(subscribe, resolved);

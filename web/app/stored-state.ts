/** State that stays in this browser: pane sizes, folded sheets. A broken or forbidden storage is as good as an empty one. */
import { useCallback, useState } from "react";

export function useStoredFlag(name: string, initial: boolean): [boolean, (value: boolean) => void] {
  const key = `hitchpost.${name}`;
  const [value, setValue] = useState(() => {
    try {
      const stored = localStorage.getItem(key);
      return stored === null ? initial : stored === "1";
    } catch {
      return initial;
    }
  });
  const set = useCallback(
    (next: boolean) => {
      setValue(next);
      try {
        localStorage.setItem(key, next ? "1" : "0");
      } catch {
        // Storage is switched off: it holds until the page is left.
      }
    },
    [key],
  );
  return [value, set];
}

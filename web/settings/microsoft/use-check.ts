/** *Check app*: one at a time; its answer takes the place of the app in the list. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { checkApp } from "../../api/gen/client.ts";
import { errorText } from "../../app/error-text.ts";
import { useTexts } from "../../app/i18n.ts";
import { queryKeys } from "../../app/query-keys.ts";
import { toasts } from "../../ui/toast-store.ts";

export interface AppCheck {
  run: (id: string) => void;
  /** The app that is being checked. */
  busy: string | null;
}

export function useCheck(): AppCheck {
  const { t } = useTexts();
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: (id: string) => checkApp(id),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.apps }),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
  return { run: check.mutate, busy: check.isPending ? check.variables : null };
}

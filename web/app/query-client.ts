/** The cache of what the server said. Data stays on screen while it is read anew; events keep it fresh, not polling. */
import { QueryClient } from "@tanstack/react-query";
import { isApiError } from "../api/api-error.ts";

/** Another try helps where nobody answered or the server stumbled; never where it refused. */
export function mayRetry(failures: number, error: unknown): boolean {
  if (failures >= 2 || !isApiError(error)) return false;
  return error.code === "offline" || error.status >= 500;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      retry: mayRetry,
      refetchOnWindowFocus: false,
      networkMode: "always",
    },
    mutations: { retry: false, networkMode: "always" },
  },
});

/** How much an import would bring, asked of the server a moment after the last change. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { estimateFolders } from "../api/gen/client.ts";
import type { Estimate, History } from "../api/gen/model/index.ts";

/** Quiet time before asking, in ms. */
const quietMs = 350;

function useSettled<T>(value: T, key: string): T {
  const [settled, setSettled] = useState({ value, key });
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ value, key }), quietMs);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` says whether the value is another one
  }, [key]);
  return settled.value;
}

export interface EstimateState {
  estimate: Estimate | null;
  /** A newer answer is on its way. */
  counting: boolean;
  failed: boolean;
}

export function useEstimate(mailboxId: string, folders: readonly string[], history: History): EstimateState {
  const wanted = { folders: [...folders].sort(), history };
  const key = JSON.stringify(wanted);
  const asked = useSettled(wanted, key);
  const { data, isFetching, isError, isPlaceholderData } = useQuery({
    queryKey: ["estimate", mailboxId, asked],
    queryFn: ({ signal }) => estimateFolders(mailboxId, asked, { signal }),
    enabled: asked.folders.length > 0 && asked.history !== "none",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  const waiting = JSON.stringify(asked) !== key;
  return {
    estimate: data ?? null,
    counting: waiting || (isFetching && (isPlaceholderData || data === undefined)),
    failed: isError,
  };
}

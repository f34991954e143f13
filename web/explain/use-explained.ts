/** The answer to what stands in the box, a moment after the last key. It leaves the browser's memory with the screen. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { explainError } from "../api/gen/client.ts";
import type { ExplainInput } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";

/** Between the last key and the question, in ms. */
const pauseMs = 250;

export function useExplained(input: ExplainInput) {
  const { language } = useTexts();
  const asked = useLater(input);
  const isEmpty = input.text === "" || asked.text === "";
  return useQuery({
    queryKey: ["explain", language, asked],
    queryFn: ({ signal }) => explainError(asked, { signal }),
    enabled: !isEmpty,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 0,
  });
}

/** The value as it was when it had rested; the first words after nothing at once, for they were pasted. */
function useLater(input: ExplainInput): ExplainInput {
  const [settled, setSettled] = useState(input);
  const { text, step, kind } = input;
  const wait = settled.text === "" || text === "" ? 0 : pauseMs;
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ text, ...(step && { step }), ...(kind && { kind }) }), wait);
    return () => clearTimeout(timer);
  }, [text, step, kind, wait]);
  return settled;
}

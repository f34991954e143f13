/** What the operator's page reads. Findings are worded by the server, so the language is part of the name. */
import { queryOptions } from "@tanstack/react-query";
import { getAppRegistration, listApps } from "../../api/gen/client.ts";
import type { Language } from "../../app/i18n.ts";
import { queryKeys } from "../../app/query-keys.ts";

export const appsQuery = (language: Language) =>
  queryOptions({
    queryKey: [...queryKeys.apps, language],
    queryFn: () => listApps(),
    staleTime: 5 * 60_000,
  });

export const registrationQuery = queryOptions({
  queryKey: ["app-registration"],
  queryFn: () => getAppRegistration(),
  staleTime: 60 * 60_000,
});

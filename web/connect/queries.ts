/** What the wizard and the mailbox pages read from the server, each under its name. */
import { queryOptions } from "@tanstack/react-query";
import { allPages } from "../api/all-pages.ts";
import {
  getAttempt,
  getConnectLink,
  getMailbox,
  listAttempts,
  listFolders,
  listProviders,
  lookUpSettings,
} from "../api/gen/client.ts";
import { queryKeys } from "../app/query-keys.ts";
import type { Language } from "../app/i18n.ts";
import { pollMs } from "./attempt-view.ts";

/** Automatic settings; asked once for an address, since the server asks others. */
export const settingsQuery = (address: string) =>
  queryOptions({
    queryKey: ["settings-lookup", address],
    queryFn: () => lookUpSettings({ address }),
    staleTime: 10 * 60_000,
    retry: false,
  });

/** Permissions and notes are worded by the server, so the language is part of the name. */
export const providersQuery = (address: string, language: Language) =>
  queryOptions({
    queryKey: ["providers", address, language],
    queryFn: ({ signal }) => listProviders(address === "" ? {} : { address }, { signal }),
    staleTime: 5 * 60_000,
    placeholderData: (previous) => previous,
  });

export const attemptQuery = (id: string, language: Language) =>
  queryOptions({
    queryKey: ["attempts", id, language],
    queryFn: () => getAttempt(id),
    staleTime: 0,
    refetchInterval: (query) => pollMs(query.state.data?.step),
    refetchOnWindowFocus: true,
  });

/** Attempts of the workspace that can be gone on with. */
export const attemptsQuery = (language: Language) =>
  queryOptions({
    queryKey: ["attempts", "open", language],
    queryFn: () => listAttempts(),
    staleTime: 0,
  });

export const linkQuery = (link: string, language: Language) =>
  queryOptions({
    queryKey: ["connect-link", link, language],
    queryFn: () => getConnectLink(link),
    staleTime: 0,
    refetchInterval: (query) => pollMs(query.state.data?.step),
    refetchOnWindowFocus: true,
  });

export const mailboxQuery = (id: string) =>
  queryOptions({ queryKey: queryKeys.mailbox(id), queryFn: () => getMailbox(id) });

/** The first listing may still be under way: asked again until it is there. */
export const foldersQuery = (mailboxId: string) =>
  queryOptions({
    queryKey: queryKeys.mailboxPart(mailboxId, "folders"),
    queryFn: () => allPages((query) => listFolders(mailboxId, query)),
    refetchInterval: (query) => (query.state.data?.listed === false ? 1_000 : false),
  });

/** Who is signed in: read before the first screen and kept. Signing in or out begins with an empty cache. */
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { fetcher, json } from "../api/fetcher.ts";
import { getSession } from "../api/gen/client.ts";
import type { Session } from "../api/gen/model/index.ts";
import { browserStorage, forgetKeptDrafts } from "../inbox/kept-drafts.ts";
import { queryClient } from "./query-client.ts";
import { queryKeys } from "./query-keys.ts";

export const sessionQuery = queryOptions({
  queryKey: queryKeys.session,
  queryFn: () => getSession(),
  staleTime: 5 * 60_000,
});

/** A session of somebody who is signed in to a workspace: all that the shell's screens ever see. */
export interface MemberSession extends Session {
  user: NonNullable<Session["user"]>;
  workspace: NonNullable<Session["workspace"]>;
  role: NonNullable<Session["role"]>;
}

export const isMember = (session: Session): session is MemberSession =>
  session.user !== null && session.workspace !== null && session.role !== null;

/** Inside the shell only: its route has made sure that somebody is signed in. */
export function useMember(): MemberSession {
  const { data } = useSuspenseQuery(sessionQuery);
  if (!isMember(data))
    throw new Error("This screen stands outside the shell, where nobody need be signed in");
  return data;
}

/** Throws ApiError: `unauthenticated`-like codes when address or password is wrong, `rate_limited` after many tries. */
export async function signIn(email: string, password: string): Promise<void> {
  await fetcher("/api/auth/sign-in/email", { method: "POST", ...json({ email, password }) });
  queryClient.clear();
}

export async function signOut(): Promise<void> {
  await fetcher("/api/auth/sign-out", { method: "POST", ...json({}) });
  forgetKeptDrafts(browserStorage());
  queryClient.clear();
}

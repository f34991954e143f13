/** Keeps what is shown in step with the server's events: at once for a few, gathered for many. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { tellSignedOut } from "../api/signed-out.ts";
import { followEvents, type StreamState } from "../app/events/stream.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { isMember, sessionQuery, useMember } from "../app/session.ts";
import { EventPlan, type Plan } from "./event-plan.ts";
import { refreshConversations, refreshHeads } from "./list-cache.ts";
import { saveKeptDrafts } from "./use-draft-saver.ts";
import { useTellUnsent } from "./use-tell-unsent.ts";

/** The first event waits this long for its companions, in ms; while more come, the next round waits longer. */
const firstMs = 60;
const nextMs = 900;

async function carryOut(client: QueryClient, plan: Plan, userId: string): Promise<void> {
  for (const id of plan.messages) {
    void client.invalidateQueries({ queryKey: queryKeys.messages(id) });
    void client.invalidateQueries({ queryKey: queryKeys.replyTargets(id) });
  }
  if (plan.mailboxes) void client.invalidateQueries({ queryKey: queryKeys.mailboxes });
  if (plan.everything) {
    // The loaded pages one after the other, each in its place: what is gone goes, what stays does not move.
    for (const queryKey of [queryKeys.lists, ["messages"], ["conversation"]])
      void client.invalidateQueries({ queryKey });
  }
  if (plan.counts) void client.invalidateQueries({ queryKey: queryKeys.counts });
  await (plan.heads ? refreshHeads(client) : refreshConversations(client, plan.conversations, userId));
}

function readAllAnew(client: QueryClient): void {
  void refreshHeads(client);
  // What could not be read while the server was away, whatever it is, stands on screen as an error.
  void client.refetchQueries({ type: "active", predicate: (query) => query.state.status === "error" });
  for (const queryKey of [queryKeys.counts, queryKeys.mailboxes, ["messages"], ["conversation"]])
    void client.invalidateQueries({ queryKey });
}

/** The stream is refused when nobody is signed in any more; the session knows. */
async function leaveWhenSignedOut(client: QueryClient): Promise<void> {
  const session = await client.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => undefined);
  if (session !== undefined && !isMember(session)) tellSignedOut();
}

/** Mount once, in the shell. `announcement` is read out: new mail, without moving anything. */
export function useLiveInbox(): { connection: StreamState; announcement: string } {
  const client = useQueryClient();
  const { t } = useTexts();
  const { user } = useMember();
  const [connection, setConnection] = useState<StreamState>("waiting");
  const [arrived, setArrived] = useState(0);
  const tellUnsent = useTellUnsent();

  useEffect(() => {
    const stop = new AbortController();
    const plan = new EventPlan();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let delayMs = firstMs;
    const round = () => {
      const now = plan.takePlan();
      if (now.arrived.length > 0) setArrived(now.arrived.length);
      const busy = now.conversations.length > 0 || now.heads || now.mailboxes;
      delayMs = busy ? nextMs : firstMs;
      void carryOut(client, now, user.id);
      timer = busy ? setTimeout(round, delayMs) : undefined;
    };
    followEvents(
      {
        onEvent: (event) => {
          plan.gather(event);
          tellUnsent(event);
          timer ??= setTimeout(round, firstMs);
        },
        onGap: () => readAllAnew(client),
        onState: (state) => {
          setConnection(state);
          if (state === "live") void saveKeptDrafts(client, user.id);
        },
        onRefused: () => void leaveWhenSignedOut(client),
      },
      stop.signal,
    );
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [client, user.id, tellUnsent]);

  return { connection, announcement: arrived === 0 ? "" : t("inbox.list.announce", { count: arrived }) };
}

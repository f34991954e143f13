/** Keeps one mailbox fresh outside the shell: by the events' stream, and by asking now and then should it be away. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { followEvents } from "../app/events/stream.ts";
import { queryKeys } from "../app/query-keys.ts";

/** Events of an import come many a second: one round for all of them, in ms. */
const roundMs = 400;

export function useMailboxEvents(mailboxId: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: queryKeys.mailbox(mailboxId) });
        void client.invalidateQueries({ queryKey: ["first-conversations", mailboxId] });
      }, roundMs);
    };
    followEvents(
      {
        onEvent: (event) => {
          if (event.mailboxId === mailboxId || event.name === "conversation.created") refresh();
        },
        onGap: refresh,
        // Nothing was heard before the stream was open.
        onState: (state) => state === "live" && refresh(),
        onRefused: () => undefined, // the questions asked meanwhile say so
      },
      stop.signal,
    );
    refresh(); // what is remembered may be of the step before
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [client, mailboxId]);
}

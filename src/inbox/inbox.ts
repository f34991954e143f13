/** The inbox as `sync/` sees it: threading and what follows from it. */
import type { Clock } from "../core/clock.ts";
import type { InboxPort } from "../store/inbox-port.ts";
import { joinConversations } from "./join.ts";
import { settle } from "./settle.ts";
import { thread } from "./threading.ts";

/** What `app/` hands to `sync/`. */
export const createInbox = ({ clock }: { clock: Clock }): InboxPort => ({
  thread,
  settle: (tx, messages) => settle(tx, messages, { clock }),
  join: joinConversations,
});

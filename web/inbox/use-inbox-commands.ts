/** The keys of the inbox. What they act on: the selected rows, else the open conversation, else the row under the cursor. */
import { useMemo, type RefObject } from "react";
import type { Command } from "../app/shortcuts.ts";
import { useCommands } from "../app/use-commands.ts";
import { useLatest } from "../app/use-latest.ts";

export interface InboxKeys {
  next: () => void;
  previous: () => void;
  open: () => void;
  /** One step out: the selection, then the thread. */
  back: () => void;
  search: () => void;
  select: () => void;
  close: () => void;
  reply: () => void;
  replyAll: () => void;
  unread: () => void;
  snooze: () => void;
  assignMe: () => void;
  undo: () => void;
  contact: () => void;
  split: () => void;
}

/** When a command can be run: `target`: there is something to act on; `thread`: a conversation is open. */
type Need = "nothing" | "target" | "thread" | "way back";

interface Spec {
  id: keyof InboxKeys;
  group: Command["group"];
  keys: readonly string[];
  need: Need;
}

const specs: readonly Spec[] = [
  { id: "next", group: "moving", keys: ["j", "arrowdown"], need: "nothing" },
  { id: "previous", group: "moving", keys: ["k", "arrowup"], need: "nothing" },
  { id: "open", group: "moving", keys: ["enter", "o"], need: "target" },
  { id: "back", group: "moving", keys: ["escape"], need: "way back" },
  { id: "search", group: "moving", keys: ["/"], need: "nothing" },
  { id: "select", group: "conversation", keys: ["x"], need: "target" },
  { id: "close", group: "conversation", keys: ["e"], need: "target" },
  { id: "unread", group: "conversation", keys: ["u"], need: "target" },
  { id: "snooze", group: "conversation", keys: ["h"], need: "target" },
  { id: "assignMe", group: "conversation", keys: ["i"], need: "target" },
  { id: "reply", group: "writing", keys: ["r"], need: "thread" },
  { id: "replyAll", group: "writing", keys: ["a"], need: "thread" },
  { id: "undo", group: "app", keys: ["z"], need: "nothing" },
  { id: "contact", group: "app", keys: ["p"], need: "thread" },
  { id: "split", group: "app", keys: ["v"], need: "nothing" },
];

export interface InboxNow {
  hasTarget: boolean;
  hasThread: boolean;
  canGoBack: boolean;
}

const isMet = (need: Need, { hasTarget, hasThread, canGoBack }: InboxNow): boolean =>
  ({ nothing: true, target: hasTarget, thread: hasThread, "way back": canGoBack })[need];

const commandsOf = (keys: RefObject<InboxKeys>, now: InboxNow): Command[] =>
  specs.map((spec) => ({
    id: spec.id,
    label: `inbox.commands.${spec.id}` as const,
    group: spec.group,
    keys: spec.keys,
    enabled: isMet(spec.need, now),
    run: () => keys.current[spec.id](),
  }));

export function useInboxCommands(keys: InboxKeys, { hasTarget, hasThread, canGoBack }: InboxNow): void {
  const latest = useLatest(keys);
  const commands = useMemo(
    () => commandsOf(latest, { hasTarget, hasThread, canGoBack }),
    [latest, hasTarget, hasThread, canGoBack],
  );
  useCommands(commands);
}

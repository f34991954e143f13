/**
 * What one does with conversations: each change is on screen at once, then told to the server, and can be taken back.
 * When the server refuses, the row goes back to what it was, and the reason is said.
 */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { updateConversation } from "../api/gen/client.ts";
import type { Conversation, UpdateConversationBody } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { errorText } from "../app/error-text.ts";
import { messageTime } from "../app/format.ts";
import { useTexts, type Translate } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { useMember } from "../app/session.ts";
import { toasts } from "../ui/toast-store.ts";
import { putConversation } from "./list-cache.ts";
import { noteOwnMove } from "./own-moves.ts";
import { undoStack, type Undoable } from "./undo-stack.ts";

export interface Assignee {
  userId: string;
  name: string;
}

interface Change {
  row: Conversation;
  body: UpdateConversationBody;
}

/** The row as it will be once the server has agreed. */
export function changedRow(
  row: Conversation,
  body: UpdateConversationBody,
  assignee: Assignee | null,
): Conversation {
  return {
    ...row,
    ...(body.status === undefined
      ? {}
      : {
          status: body.status,
          snoozedUntil: body.status === "snoozed" ? (body.snoozedUntil ?? null) : null,
        }),
    ...(body.assignee === undefined ? {} : { assignee }),
    ...(body.read === undefined ? {} : { unread: !body.read }),
  };
}

/** What takes a change back: the same fields, as they were. */
export function inverse(row: Conversation, body: UpdateConversationBody): UpdateConversationBody {
  return {
    ...(body.status === undefined ? {} : { status: row.status, snoozedUntil: row.snoozedUntil }),
    ...(body.assignee === undefined ? {} : { assignee: row.assignee?.userId ?? null }),
    ...(body.read === undefined ? {} : { read: !row.unread }),
  };
}

export interface Actions {
  close: (rows: readonly Conversation[]) => void;
  reopen: (rows: readonly Conversation[]) => void;
  snooze: (rows: readonly Conversation[], until: Date) => void;
  wake: (rows: readonly Conversation[]) => void;
  assign: (rows: readonly Conversation[], to: Assignee | null) => void;
  /** Without a notice, also where it fails: it is done in passing, by opening. */
  setRead: (rows: readonly Conversation[], read: boolean) => void;
}

interface Parts {
  client: QueryClient;
  userId: string;
}

/** Puts the changes on screen, tells the server, and puts each refused one back. Returns why they were refused. */
async function carryOut(
  { client, userId }: Parts,
  changes: readonly Change[],
  assignee: (change: Change) => Assignee | null,
): Promise<unknown[]> {
  for (const change of changes) {
    noteOwnMove(change.row.id);
    putConversation(client, changedRow(change.row, change.body, assignee(change)), userId);
  }
  const results = await Promise.allSettled(changes.map(({ row, body }) => updateConversation(row.id, body)));
  const refused: unknown[] = [];
  results.forEach((result, index) => {
    const change = changes[index];
    if (result.status === "fulfilled") putConversation(client, result.value, userId);
    else if (change !== undefined) {
      putConversation(client, change.row, userId);
      refused.push(result.reason);
    }
  });
  void client.invalidateQueries({ queryKey: queryKeys.counts });
  return refused;
}

type ChangeRows = (
  rows: readonly Conversation[],
  body: UpdateConversationBody,
  /** What is said of it; null: nothing, and it cannot be taken back. */
  text: string | null,
  to?: Assignee | null,
) => void;

/** A change with its notice, its way back, and the reason said when it was refused. */
function changer(parts: Parts, t: Translate): ChangeRows {
  const settle = async (done: Promise<unknown[]>, asked: number, nothingDone: () => void) => {
    const refused = await done;
    if (refused.length > 0)
      toasts.show(t("inbox.done.notDone"), { detail: errorText(refused[0], t), tone: "bad" });
    if (refused.length === asked) nothingDone();
  };
  return (rows, body, text, to = null) => {
    if (rows.length === 0) return;
    const changes = rows.map((row) => ({ row, body }));
    const done = carryOut(parts, changes, () => to);
    if (text === null) return;
    let toastId: number | undefined;
    const entry: Undoable = {
      run: () => {
        if (toastId !== undefined) toasts.dismiss(toastId);
        const back = rows.map((row) => ({ row: changedRow(row, body, to), body: inverse(row, body) }));
        const before = new Map(rows.map((row) => [row.id, row.assignee]));
        const taken = carryOut(parts, back, ({ row }) => before.get(row.id) ?? null);
        void settle(taken, rows.length, () => undefined);
      },
    };
    undoStack.push(entry);
    toastId = toasts.show(text, { action: { label: t("app.undo"), run: () => undoStack.undo(entry) } });
    void settle(done, rows.length, () => {
      undoStack.forget(entry);
      if (toastId !== undefined) toasts.dismiss(toastId);
    });
  };
}

export function useActions(): Actions {
  const client = useQueryClient();
  const { t, locale } = useTexts();
  const { user } = useMember();
  return useMemo(() => {
    const change = changer({ client, userId: user.id }, t);
    return {
      close: (rows) => change(rows, { status: "closed" }, t("inbox.done.closed", { count: rows.length })),
      reopen: (rows) => change(rows, { status: "open" }, t("inbox.done.reopened", { count: rows.length })),
      snooze: (rows, until) => {
        const when = messageTime(until.toISOString(), now(), locale);
        change(
          rows,
          { status: "snoozed", snoozedUntil: until.toISOString() },
          t("inbox.done.snoozed", { count: rows.length, when }),
        );
      },
      wake: (rows) => change(rows, { status: "open" }, t("inbox.done.woken")),
      assign: (rows, to) => {
        const text =
          to === null
            ? t("inbox.done.unassigned")
            : to.userId === user.id
              ? t("inbox.done.taken")
              : t("inbox.done.assigned", { name: to.name });
        change(rows, { assignee: to?.userId ?? null }, text, to);
      },
      setRead: (rows, read) => change(rows, { read }, null),
    };
  }, [client, locale, t, user.id]);
}

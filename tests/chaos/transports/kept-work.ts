/**
 * What people hang on a conversation stays with the messages they saw in it, whatever way the mail comes: who is in charge,
 * and what was begun to be written. Pure.
 */
import type { People, Shown } from "./people.ts";
import type { Stored } from "./reckon.ts";

type Work = Pick<People, "assigned" | "drafts">;

export function workDifferences(stored: Stored, { assigned, drafts }: Work): string[] {
  const rootOf = (id: string): string => {
    const into = stored.conversations.get(id)?.into ?? null;
    return into === null ? id : rootOf(into);
  };
  return [
    ...[...assigned, ...drafts].flatMap((one) => leftBehind(stored, one, rootOf)),
    ...assigneeDifferences(stored, assigned, rootOf),
    ...drafts.flatMap(({ userId, html, mark, conversationId }) => {
      const kept = stored.drafts.find((draft) => draft.userId === userId);
      if (kept?.html !== html) return [`conversations: what was begun on ${mark} is lost`];
      return kept.conversationId === rootOf(conversationId)
        ? []
        : [`conversations: what was begun on ${mark} stands on another conversation`];
    }),
  ];
}

type RootOf = (conversationId: string) => string;

/** The message is in the conversation in which it was seen, or in the one that this was joined to. */
function leftBehind(stored: Stored, { id, mark, conversationId }: Shown, rootOf: RootOf): string[] {
  const row = stored.rows.find((one) => one.id === id);
  if (row === undefined) return [`conversations: message ${mark} of ${conversationId} is lost`];
  return rootOf(row.conversationId) === rootOf(conversationId)
    ? []
    : [`conversations: ${mark} left its conversation`];
}

/** Of a conversation the last who was named; of joined ones the last of one of them. */
function assigneeDifferences(stored: Stored, assigned: Work["assigned"], rootOf: RootOf): string[] {
  const lastOf = new Map(assigned.map((one) => [one.conversationId, one]));
  const byRoot = Map.groupBy(lastOf.values(), ({ conversationId }) => rootOf(conversationId));
  return [...byRoot].flatMap(([root, last]) => {
    const now = stored.conversations.get(root)?.assignee ?? null;
    if (last.some(({ assignee }) => assignee === now)) return [];
    return [`conversations: that of ${last[0]!.mark} ${now === null ? "lost" : "changed"} who is in charge`];
  });
}

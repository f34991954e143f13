/** Sends a reply: on screen at once, once on the server however often it is tried, and back again while it can be. */
import type { QueryClient } from "@tanstack/react-query";
import { cancelReply, createReply, saveDraft } from "../api/gen/client.ts";
import type { Message, ReplyTargets } from "../api/gen/model/index.ts";
import { queryKeys } from "../app/query-keys.ts";
import { noteOwnMove } from "./own-moves.ts";
import { replyBody, toDraft, type ReplyState } from "./reply-state.ts";

/** Until it has left and its conversation has come to the top of the list for it, in ms. */
const leavingMs = 30_000;

export interface SendRequest {
  conversationId: string;
  state: ReplyState;
  targets: ReplyTargets;
  close: boolean;
  /** The same for every try of the same reply. */
  idempotencyKey: string;
}

/** Throws ApiError when it was not taken; then nothing has left and the text is where it was. */
export async function sendReply(client: QueryClient, request: SendRequest): Promise<Message> {
  const { conversationId, state, targets, close, idempotencyKey } = request;
  const message = await createReply(conversationId, replyBody(state, targets, close), {
    headers: { "idempotency-key": idempotencyKey },
  });
  noteOwnMove(conversationId, leavingMs);
  client.setQueryData<Message[]>(queryKeys.messages(conversationId), (known) =>
    known === undefined || known.some((other) => other.id === message.id) ? known : [...known, message],
  );
  client.setQueryData(queryKeys.draft(conversationId), { draft: null, updatedAt: null });
  void client.invalidateQueries({ queryKey: queryKeys.messages(conversationId) });
  void client.invalidateQueries({ queryKey: queryKeys.counts });
  return message;
}

/** Takes a reply back before it has left, and makes it a draft again. Throws ApiError when it has left. */
export async function takeBack(client: QueryClient, message: Message, request: SendRequest): Promise<void> {
  if (message.outbox === null) return;
  await cancelReply(message.outbox.id);
  const saved = await saveDraft(request.conversationId, toDraft(request.state));
  client.setQueryData(queryKeys.draft(request.conversationId), saved);
  await client.invalidateQueries({ queryKey: queryKeys.messages(request.conversationId) });
}

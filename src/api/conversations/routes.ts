/** Conversations: lists, one, its messages, replies and drafts. */
import { createHash } from "node:crypto";
import {
  countConversations,
  getConversation,
  listConversations,
  livingConversation,
  type Conversation,
} from "../../inbox/conversations.ts";
import { updateConversation } from "../../inbox/conversation-update.ts";
import { discardReplyDraft, getReplyDraft, saveReplyDraft, type SavedDraft } from "../../inbox/drafts.ts";
import { getMessage, listMessages } from "../../inbox/messages.ts";
import { queueReply } from "../../inbox/outbox/queue-reply.ts";
import { getReplyTargets } from "../../inbox/outbox/reply-source.ts";
import { HitchpostError } from "../../core/errors.ts";
import { listMembers } from "../../store/people.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { languageFor } from "../language.ts";
import { presentMessage } from "../messages/present.ts";
import type { Principal } from "../principal.ts";
import type { Api } from "../server.ts";
import { presentConversation } from "./present.ts";
import { conversationOperations as operations } from "./schema.ts";

export function registerConversationRoutes(app: Api, deps: ApiDeps): void {
  registerReading(app, deps);
  registerChanging(app, deps);
  registerReplies(app, deps);
  registerDrafts(app, deps);
}

/** Assignees come with their names: one look a request, and only when somebody is assigned. */
async function present(deps: ApiDeps, who: Principal, conversations: Conversation[]) {
  const assigned = conversations.some((one) => one.assignee !== null);
  const members = assigned ? await listMembers(deps.pool, who.tenant) : [];
  const names = new Map(members.map((member) => [member.userId, member.name]));
  return conversations.map((one) => presentConversation(one, names));
}

function registerReading(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.listConversations, async ({ who, query }) => {
    const page = await listConversations(who.tenant, {
      view: query.view,
      userId: who.user?.id ?? null,
      mailboxId: query.mailbox,
      q: query.q,
      limit: query.limit,
      cursor: query.cursor,
    });
    return { items: await present(deps, who, page.items), nextCursor: page.nextCursor };
  });
  handle(app, deps, operations.countConversations, ({ who }) =>
    countConversations(who.tenant, who.user?.id ?? null),
  );
  handle(app, deps, operations.getConversation, async ({ who, params }) => {
    const [shown] = await present(deps, who, [
      await getConversation(who.tenant, params.id, who.user?.id ?? null),
    ]);
    return shown;
  });
  handle(app, deps, operations.listMessages, async ({ who, params, query }) => {
    const page = await listMessages(who.tenant, params.id, query);
    return { items: page.items.map(presentMessage), nextCursor: page.nextCursor };
  });
}

function registerChanging(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.updateConversation, async ({ who, params, body }) => {
    const { snoozedUntil, ...change } = body;
    const until =
      snoozedUntil === undefined
        ? {}
        : { snoozedUntil: snoozedUntil === null ? null : new Date(snoozedUntil) };
    const { conversation, nudge } = await updateConversation(
      who.tenant,
      params.id,
      { ...change, ...until },
      { userId: who.user?.id ?? null, clock: deps.clock },
    );
    for (const mailboxId of nudge) await deps.nudge(who.workspaceId, mailboxId);
    const [shown] = await present(deps, who, [conversation]);
    return shown;
  });
}

function registerReplies(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.getReplyTargets, async ({ who, params }) =>
    getReplyTargets(who.tenant, await livingConversation(who.tenant, params.id)),
  );
  handle(app, deps, operations.createReply, async ({ who, params, body, headers, request, reply }) => {
    const language = languageFor(request, who);
    const queued = await queueReply(
      who.tenant,
      {
        ...body,
        conversationId: params.id,
        idempotencyKey: headers["idempotency-key"],
        requestHash: createHash("sha256")
          .update(JSON.stringify([params.id, body]))
          .digest("hex"),
        userId: who.user?.id ?? null,
      },
      {
        clock: deps.clock,
        sendDelayMs: who.user ? deps.sendDelayMs : 0,
        quoteStyle: { lang: language, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      },
    );
    await deps.nudge(who.workspaceId, queued.mailboxId);
    void reply.status(queued.created ? 201 : 200);
    return presentMessage(await getMessage(who.tenant, queued.id));
  });
}

/** Drafts are a person's own: a key has none. */
function requirePerson(who: Principal): string {
  if (who.user) return who.user.id;
  throw new HitchpostError("forbidden", "Drafts belong to people; an API key has none.");
}

const presentDraft = ({ draft, updatedAt }: SavedDraft) => ({
  draft,
  updatedAt: updatedAt?.toISOString() ?? null,
});

function registerDrafts(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.getDraft, async ({ who, params }) =>
    presentDraft(await getReplyDraft(who.tenant, params.id, requirePerson(who))),
  );
  handle(app, deps, operations.saveDraft, async ({ who, params, body }) =>
    presentDraft(await saveReplyDraft(who.tenant, params.id, requirePerson(who), body)),
  );
  handle(app, deps, operations.discardDraft, ({ who, params }) =>
    discardReplyDraft(who.tenant, params.id, requirePerson(who)),
  );
}

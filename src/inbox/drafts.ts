/** Drafts of replies: kept while a person types, one for each person and conversation. */
import { z } from "zod";
import { deleteDraft, readDraft, saveDraft } from "../store/drafts.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { livingConversation } from "./conversations.ts";

const address = z.object({ name: z.string(), address: z.string() });
const draftSchema = z.object({
  html: z.string(),
  to: z.array(address),
  cc: z.array(address),
  bcc: z.array(address),
  uploads: z.array(z.object({ id: z.string(), filename: z.string(), sizeBytes: z.number() })),
  all: z.boolean(),
});

export type ReplyDraft = z.infer<typeof draftSchema>;

export interface SavedDraft {
  draft: ReplyDraft | null;
  updatedAt: Date | null;
}

/** @throws HitchpostError not_found when there is no such conversation */
export async function getReplyDraft(
  tenant: TenantDb,
  conversationId: string,
  userId: string,
): Promise<SavedDraft> {
  const stored = await readDraft(tenant, await livingConversation(tenant, conversationId), userId);
  const draft = draftSchema.safeParse(stored?.content);
  return stored !== null && draft.success
    ? { draft: draft.data, updatedAt: stored.updatedAt }
    : { draft: null, updatedAt: null };
}

/** @throws HitchpostError not_found */
export async function saveReplyDraft(
  tenant: TenantDb,
  conversationId: string,
  userId: string,
  draft: ReplyDraft,
): Promise<SavedDraft> {
  const living = await livingConversation(tenant, conversationId);
  await saveDraft(tenant, living, userId, draft);
  return getReplyDraft(tenant, living, userId);
}

/** @throws HitchpostError not_found */
export async function discardReplyDraft(
  tenant: TenantDb,
  conversationId: string,
  userId: string,
): Promise<void> {
  await deleteDraft(tenant, await livingConversation(tenant, conversationId), userId);
}

/** What is attached to a message, without its content (learn.microsoft.com/graph/api/message-list-attachments). */
import { z } from "zod";
import type { RemoteKey } from "../mail-source.ts";
import type { GraphParts } from "./graph-parts.ts";
import { query } from "./links.ts";

export interface AttachedFile {
  id: string;
  name: string | null;
  contentType: string;
  /** Octets, about. */
  size: number;
  isInline: boolean;
  /** As `cid:` names it. */
  contentId: string | null;
}

const attachmentSchema = z.object({
  id: z.string().min(1),
  name: z.string().nullish().catch(undefined),
  contentType: z.string().nullish().catch(undefined),
  size: z.number().nonnegative().nullish().catch(undefined),
  isInline: z.boolean().nullish().catch(undefined),
  contentId: z.string().nullish().catch(undefined),
  "@odata.type": z.string().nullish().catch(undefined),
});
const listSchema = z.object({ value: z.array(attachmentSchema) });

/** contentId belongs to files alone, and is named by its type. */
const select = "id,name,contentType,size,isInline,microsoft.graph.fileAttachment/contentId";

/** A list for each key; null where it was not told: such a message is fetched whole. */
export async function attachmentsOf(
  { batcher }: GraphParts,
  keys: readonly RemoteKey[],
): Promise<(AttachedFile[] | null)[]> {
  const answers = await batcher.run(
    keys.map((key) => ({
      path: `/messages/${encodeURIComponent(key)}/attachments${query({ $select: select })}`,
    })),
    { what: "listing attachments", subject: "message", urgency: "bulk" },
  );
  return answers.map((answer) => {
    const listed = answer.ok ? listSchema.safeParse(answer.json).data : undefined;
    return listed?.value.map(attachedFile) ?? null;
  });
}

function attachedFile(written: z.infer<typeof attachmentSchema>): AttachedFile {
  const isMail = /itemattachment$/i.test(written["@odata.type"] ?? "");
  return {
    id: written.id,
    name: written.name?.replaceAll("\0", "") || null,
    contentType: isMail ? "message/rfc822" : (written.contentType ?? "application/octet-stream"),
    size: written.size ?? 0,
    isInline: written.isInline === true,
    contentId: written.contentId || null,
  };
}

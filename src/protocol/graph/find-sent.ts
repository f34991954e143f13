/** Finds the copy of a message we sent (sync.md, "A reply leaves once"): by its ids, else by what it says. */
import { z } from "zod";
import type { OutgoingTrace, RemoteKey } from "../mail-source.ts";
import type { GraphParts } from "./graph-parts.ts";
import { odataTime, query } from "./links.ts";
import { describedSchema, describedSelect, type Described } from "./mime-header.ts";

const dayMs = 86_400_000;
const nearMs = 120_000;
/** Copies of these days that are compared. */
const mostCompared = 500;

const copySchema = z.object({ id: z.string().min(1) }).and(describedSchema);
type Copy = z.infer<typeof copySchema>;
const pageSchema = z.object({ value: z.array(copySchema), "@odata.nextLink": z.string().nullish() });

/** Keys, the surest first; empty when nothing fits. */
export async function findSentCopies(
  parts: GraphParts,
  folderId: string,
  outgoing: OutgoingTrace,
): Promise<RemoteKey[]> {
  const quoted = outgoing.messageId.replaceAll("'", "''");
  const byId = await list(parts, folderId, `internetMessageId eq '${quoted}'`, undefined);
  const sure = byId.filter(({ internetMessageId }) => sameId(internetMessageId, outgoing.messageId));
  if (sure.length > 0) return sure.map(({ id }) => id);
  const span = `receivedDateTime ge ${odataTime(outgoing.dateMs - dayMs)} and receivedDateTime le ${odataTime(outgoing.dateMs + 2 * dayMs)}`;
  return matchCopies(await list(parts, folderId, span, "receivedDateTime desc"), outgoing);
}

async function list(
  { client }: GraphParts,
  folderId: string,
  filter: string,
  orderby: string | undefined,
): Promise<Copy[]> {
  const options = query({
    $filter: filter,
    $orderby: orderby,
    $select: `id,${describedSelect}`,
    $top: 50,
  });
  const request = { what: "looking for a sent copy", subject: "folder", urgency: "urgent" } as const;
  let page = await client.json(pageSchema, {
    ...request,
    path: `/mailFolders/${encodeURIComponent(folderId)}/messages${options}`,
  });
  const copies = [...page.value];
  for (let next = page["@odata.nextLink"]; next != null && copies.length < mostCompared;) {
    page = await client.json(pageSchema, { ...request, path: next, root: "link" });
    copies.push(...page.value);
    next = page.value.length === 0 ? null : page["@odata.nextLink"];
  }
  return copies;
}

/** Pure: those with one of our ids; only without any, those that agree in From, To, subject and date and are no other's. */
export function matchCopies(copies: readonly Copy[], outgoing: OutgoingTrace): RemoteKey[] {
  const ids = (copy: Copy): (string | null | undefined)[] => [copy.internetMessageId, originalId(copy)];
  const byId = copies.filter((copy) => ids(copy).some((id) => sameId(id, outgoing.messageId)));
  const isOther = (copy: Copy): boolean =>
    ids(copy).some((id) => outgoing.otherIds.some((other) => sameId(id, other)));
  const chosen = byId.length > 0 ? byId : copies.filter((copy) => agrees(copy, outgoing) && !isOther(copy));
  return chosen.map(({ id }) => id);
}

const sameId = (id: string | null | undefined, ours: string): boolean =>
  id != null && id.trim() === ours.trim();

const originalId = ({ internetMessageHeaders }: Described): string | null =>
  internetMessageHeaders?.find(({ name }) => name.toLowerCase() === "x-microsoft-original-message-id")
    ?.value ?? null;

const folded = (text: string | null | undefined): string =>
  (text ?? "").normalize("NFC").replaceAll(/\s+/g, " ").trim().toLowerCase();

function agrees(copy: Copy, outgoing: OutgoingTrace): boolean {
  const to = (copy.toRecipients ?? []).map((one) => folded(one?.emailAddress?.address)).sort();
  return (
    Math.abs(Date.parse(copy.sentDateTime ?? "") - outgoing.dateMs) <= nearMs &&
    folded(copy.subject) === folded(outgoing.subject) &&
    folded(copy.from?.emailAddress?.address) === folded(outgoing.from) &&
    to.join(",") === outgoing.to.map(folded).sort().join(",")
  );
}

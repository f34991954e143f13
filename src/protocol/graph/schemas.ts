/**
 * What Graph's answers are parsed by (types: @microsoft/microsoft-graph-types). Whatever may be missing is optional:
 * a delta names what changed alone, and a stand-in may leave out what it does not know.
 */
import type { MailFolder, Message } from "@microsoft/microsoft-graph-types";
import { z } from "zod";
import type { RemoteItem } from "../mail-source.ts";

const text = z.string().nullish().catch(undefined);
const flagSchema = z.object({ flagStatus: text }).nullish().catch(undefined);

/** A message as listings tell it. */
export const itemSchema = z.object({
  id: z.string().min(1),
  receivedDateTime: text,
  isRead: z.boolean().nullish().catch(undefined),
  isDraft: z.boolean().nullish().catch(undefined),
  hasAttachments: z.boolean().nullish().catch(undefined),
  flag: flagSchema,
  singleValueExtendedProperties: z
    .array(z.object({ id: text, value: text }))
    .nullish()
    .catch(undefined),
  "@removed": z.unknown().optional(),
});
export type Item = z.infer<typeof itemSchema>;

/** PidTagMessageSize ([MS-OXCMSG] 2.2.1.7), which Graph has no property for. */
export const sizeExpand = "singleValueExtendedProperties($filter=id eq 'Integer 0x0E08')";

/** Octets of the message with all that is attached, as Exchange keeps it; null: not told. */
export function storedSize({ singleValueExtendedProperties: properties }: Item): number | null {
  const written = properties?.find(({ id }) => /^\w+ 0x0*e08$/i.test(id ?? ""))?.value;
  const size = Number(written ?? Number.NaN);
  return Number.isSafeInteger(size) && size > 0 ? size : null;
}

export const itemPageSchema = z.object({
  value: z.array(itemSchema),
  "@odata.nextLink": z.string().nullish(),
  "@odata.deltaLink": z.string().nullish(),
  "@odata.count": z.coerce.number().int().nonnegative().nullish().catch(undefined),
});
export type ItemPage = z.infer<typeof itemPageSchema>;

const selected = [
  "id",
  "receivedDateTime",
  "isRead",
  "isDraft",
  "hasAttachments",
  "flag",
] as const satisfies readonly (keyof Message)[];
export const itemSelect = selected.join(",");

export const folderSchema = z.object({
  id: z.string().min(1),
  displayName: z.string().catch(""),
  parentFolderId: text,
  childFolderCount: z.number().nullish().catch(undefined),
  totalItemCount: z.number().int().nullish().catch(undefined),
  unreadItemCount: z.number().int().nullish().catch(undefined),
  isHidden: z.boolean().nullish().catch(undefined),
  "@odata.type": text,
  "@removed": z.unknown().optional(),
});
export type Folder = z.infer<typeof folderSchema>;

export const folderPageSchema = z.object({
  value: z.array(folderSchema),
  "@odata.nextLink": z.string().nullish(),
  "@odata.deltaLink": z.string().nullish(),
});

const folderSelected = [
  "id",
  "displayName",
  "parentFolderId",
  "childFolderCount",
  "totalItemCount",
  "unreadItemCount",
  "isHidden",
] as const satisfies readonly (keyof MailFolder)[];
export const folderSelect = folderSelected.join(",");

/** Flags as IMAP names them; null: the answer says less than all of it. */
export function flagsOf({ isRead, isDraft, flag }: Item): string[] | null {
  if (typeof isRead !== "boolean") return null;
  return [
    ...(isRead ? ["\\Seen"] : []),
    ...(flag?.flagStatus === "flagged" ? ["\\Flagged"] : []),
    ...(isDraft === true ? ["\\Draft"] : []),
  ];
}

export function toRemoteItem(item: Item): RemoteItem {
  const ms = receivedMs(item);
  return { key: item.id, flags: flagsOf(item), ...(ms !== null && { receivedMs: ms }) };
}

/** Epoch milliseconds; null: not told or unreadable. */
export function receivedMs({ receivedDateTime }: Pick<Item, "receivedDateTime">): number | null {
  const ms = Date.parse(receivedDateTime ?? "");
  return Number.isNaN(ms) ? null : ms;
}

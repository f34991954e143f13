/**
 * Whole listings of folders (MailSource.listAll). A delta that ended is complete by its nature: the listing of before and
 * what changed since is the listing of now, so that proving a folder again costs one request, not one for each thousand.
 */
import { isHitchpostError } from "../../core/errors.ts";
import type { ProvedWindow } from "../mail-source.ts";
import { changesSince } from "./delta.ts";
import type { GraphParts } from "./graph-parts.ts";
import { toRemoteItem, type Item } from "./schemas.ts";

export interface Mirror {
  whole(folderId: string): Promise<ProvedWindow>;
}

/** Items that are kept for all folders together; larger ones are listed anew each time. */
const mostKept = 20_000;

export function createMirror(parts: GraphParts): Mirror {
  const kept = new Map<string, { items: Map<string, Item>; deltaLink: string }>();
  const refreshed = async (folderId: string): Promise<Map<string, Item> | null> => {
    const known = kept.get(folderId);
    if (known === undefined) return null;
    try {
      const { items, removed, deltaLink } = await changesSince(parts.client, known.deltaLink, null);
      for (const id of removed) known.items.delete(id);
      for (const [id, item] of items) known.items.set(id, merged(known.items.get(id), item));
      known.deltaLink = deltaLink;
      return known.items;
    } catch (error) {
      kept.delete(folderId);
      if (isHitchpostError(error, "folder_reset")) return null;
      throw error;
    }
  };
  return {
    async whole(folderId) {
      let items = await refreshed(folderId);
      if (items === null) {
        const round = await parts.enumerations.whole(folderId);
        items = round.items;
        kept.set(folderId, { items, deltaLink: round.deltaLink });
        let size = [...kept.values()].reduce((sum, one) => sum + one.items.size, 0);
        for (const [id, one] of kept) {
          if (size <= mostKept) break;
          kept.delete(id);
          size -= one.items.size;
        }
      }
      return { from: null, to: null, items: [...items.values()].map(toRemoteItem) };
    },
  };
}

const merged = (known: Item | undefined, item: Item): Item => ({
  ...known,
  ...(Object.fromEntries(Object.entries(item).filter(([, value]) => value != null)) as Item),
});

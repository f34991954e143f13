/** What the parts of one Graph source share. */
import type { Batcher } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import type { Enumerations } from "./delta.ts";
import type { Item, ItemPage } from "./schemas.ts";

export interface GraphParts {
  client: GraphClient;
  batcher: Batcher;
  enumerations: Enumerations;
  metas: Metas;
  prefetched: Prefetched;
  /** Listings ask for sizes, until the server refuses that. */
  sizes: { asked: boolean };
}

/** What listings told of messages, so that fetching them asks for their content alone. */
export interface Metas {
  note(items: readonly Item[]): void;
  get(key: string): Item | undefined;
}

const mostMetas = 20_000;

export function createMetas(): Metas {
  const known = new Map<string, Item>();
  return {
    note(items) {
      for (const item of items) {
        // Changes do not tell the size, which stays what it was.
        const { singleValueExtendedProperties } = { ...known.get(item.id), ...item };
        known.delete(item.id);
        known.set(item.id, { ...item, singleValueExtendedProperties });
      }
      for (const id of known.keys()) {
        if (known.size <= mostMetas) break;
        known.delete(id); // the longest known first
      }
    },
    get: (key) => known.get(key),
  };
}

/** The page by which watching found that something changed: the look that follows need not ask for it again. */
export interface Prefetched {
  put(folderId: string, link: string, page: ItemPage): void;
  /** Once: what is taken is used up. */
  take(folderId: string, link: string): ItemPage | null;
}

export function createPrefetched(): Prefetched {
  const pages = new Map<string, { link: string; page: ItemPage }>();
  return {
    put: (folderId, link, page) => void pages.set(folderId, { link, page }),
    take(folderId, link) {
      const kept = pages.get(folderId);
      pages.delete(folderId);
      return kept?.link === link ? kept.page : null;
    },
  };
}

/**
 * A POP3 source whose messages bear the numbers that IMAP gives them, by the sandbox's own books: so that what every MailSource
 * must do is played over it as it stands. Only names are changed; what is told when is the source's.
 */
import type { MailStore } from "../../sandbox/mail/store/mail-store.ts";
import type { HeadChanges, MailSource, ProvedWindow, RemoteItem } from "../../src/protocol/mail-source.ts";

/** The sandbox's UIDLs hold the message's own number (sandbox/mail/pop3/maildrop.ts). */
const itemOf = (uidl: string): number => Number.parseInt(uidl.slice(2), 36);

export function numberedPop(source: MailSource, store: MailStore): MailSource {
  /** Number → UIDL, of all that was ever told. */
  const uidls = new Map<string, string>();
  const named = (item: RemoteItem): RemoteItem => {
    const uid = store.items.find(itemOf(item.key))?.uid;
    const known = [...uidls].find(([, uidl]) => uidl === item.key)?.[0];
    const key = uid === undefined ? (known ?? item.key) : String(uid);
    uidls.set(key, item.key);
    return { ...item, key };
  };
  const windowOf = ({ items, ...bounds }: ProvedWindow): ProvedWindow => ({
    ...bounds,
    items: items.map(named),
  });
  const uidlOf = (key: string): string => uidls.get(key) ?? `nobody's ${key}`;
  const changesOf = (changes: HeadChanges): HeadChanges => ({
    ...changes,
    added: changes.added.map(named),
    windows: changes.windows.map(windowOf),
  });
  return {
    ...source,
    head: async (path, cursor, options) => {
      // The first look names no messages: who stands there is listed for their numbers.
      if (cursor === null && path === "INBOX") (await source.listAll(path)).window.items.forEach(named);
      return changesOf(await source.head(path, cursor, options));
    },
    async tail(path, cursor, range, limit) {
      const page = await source.tail(path, cursor, range, limit);
      return { ...page, items: page.items.map(named) };
    },
    async listAll(path) {
      const { window, ...rest } = await source.listAll(path);
      return { ...rest, window: windowOf(window) };
    },
    async *fetch(path, epochKey, keys, what) {
      for await (const message of source.fetch(path, epochKey, keys.map(uidlOf), what))
        yield { ...message, key: named(message).key };
    },
    fetchPart: (path, epochKey, key, part) => source.fetchPart(path, epochKey, uidlOf(key), part),
  };
}

/**
 * A Graph source whose folders and messages bear the names that IMAP gives them, by the sandbox's own books: so that what
 * every MailSource must do is played over it as it stands. Only names are changed; what is told when is the source's.
 */
import { folderId, messageId, readId } from "../../sandbox/graph/ids.ts";
import type { MailStore } from "../../sandbox/mail/store/mail-store.ts";
import { HitchpostError } from "../../src/core/errors.ts";
import type {
  Cursor,
  FetchedMessage,
  HeadChanges,
  MailSource,
  ProvedWindow,
  RemoteItem,
} from "../../src/protocol/mail-source.ts";

export function numberedGraph(source: MailSource, store: MailStore, mailboxId: number): MailSource {
  const names = new Names(store, mailboxId);
  const items = (path: string, list: readonly RemoteItem[]): RemoteItem[] =>
    list.flatMap(({ key, flags }) => {
      const uid = names.uid(path, key);
      return uid === null ? [] : [{ key: uid, flags }];
    });
  const byUid = (a: RemoteItem, b: RemoteItem): number => Number(a.key) - Number(b.key);
  const window = (path: string, { items: list, ...bounds }: ProvedWindow): ProvedWindow => ({
    ...bounds,
    items: items(path, list).sort(byUid),
  });
  const fitting = (path: string, epoch: string): void => {
    if (epoch !== names.epoch(path)) throw new HitchpostError("folder_reset", "made again");
  };
  const unwrap = (path: string, { of, inner }: Cursor): Cursor => {
    fitting(path, of as string);
    return inner as Cursor;
  };
  const wrap = <C extends Cursor | null>(path: string, inner: C): C =>
    (inner === null ? null : { of: names.epoch(path), inner }) as C;
  return {
    transport: "graph",
    connect: (signal) => source.connect(signal),
    async listFolders(options) {
      const folders = await source.listFolders(options);
      return folders.map((folder) => {
        const path = names.path(folder.path);
        const above = path.split("/").slice(0, -1).join("/");
        return { ...folder, path, name: path.split("/").at(-1)!, parentPath: above || null };
      });
    },
    async head(path, cursor): Promise<HeadChanges> {
      names.learn(path);
      const same = cursor !== null && cursor["of"] === names.epoch(path);
      const changes = await source.head(names.id(path), same ? (cursor["inner"] as Cursor) : null);
      return {
        ...changes,
        epochKey: names.epoch(path),
        cursor: wrap(path, changes.cursor),
        added: items(path, changes.added),
        flagged: items(path, changes.flagged),
        vanished: changes.vanished.flatMap((key) => names.knownUid(path, key) ?? []),
        windows: changes.windows.map((one) => window(path, one)),
      };
    },
    async tail(path, cursor, range, limit) {
      const page = await source.tail(names.id(path), unwrap(path, cursor), range, limit);
      return {
        ...page,
        epochKey: names.epoch(path),
        cursor: wrap(path, page.cursor),
        items: items(path, page.items),
      };
    },
    estimate: (path, range) => source.estimate(names.id(path), range),
    async listAll(path) {
      const listed = await source.listAll(names.id(path));
      return { epochKey: names.epoch(path), window: window(path, listed.window) };
    },
    async *fetch(path, epochKey, uids, what): AsyncGenerator<FetchedMessage> {
      fitting(path, epochKey);
      const keys = uids.map((uid) => names.key(path, uid));
      for await (const message of source.fetch(names.id(path), "graph", keys, what))
        yield { ...message, key: names.uid(path, message.key)! };
    },
    fetchPart: (path, _epochKey, uid, part) =>
      source.fetchPart(names.id(path), "graph", names.key(path, uid), part),
    async *watch(paths, signal) {
      for await (const event of source.watch(
        paths.map((path) => names.id(path)),
        signal,
      ))
        yield { ...event, folderPath: event.folderPath === null ? null : names.path(event.folderPath) };
    },
    async peek(paths) {
      const peeked = await source.peek(paths.map((path) => names.id(path)));
      return new Map([...peeked].map(([id, text]) => [names.path(id), text]));
    },
    async apply(intent) {
      const { folderPath: path, targetPath } = intent;
      const result = await source.apply({
        ...intent,
        folderPath: names.id(path),
        keys: intent.keys.map((uid) => names.key(path, uid)),
        ...(targetPath !== undefined && { targetPath: names.id(targetPath) }),
      });
      return {
        done: result.done.map((key) => names.knownUid(path, key)!),
        missing: result.missing.map(
          (key) => names.knownUid(path, key) ?? intent.keys.find((uid) => names.key(path, uid) === key)!,
        ),
        moved: result.moved.map(({ from, to }) => ({
          from: names.knownUid(path, from)!,
          to: names.uid(targetPath!, to)!,
          epochKey: names.epoch(targetPath!),
        })),
      };
    },
    async findSent(path, outgoing) {
      const keys = await source.findSent(names.id(path), outgoing);
      return keys.map((key) => names.uid(path, key)!);
    },
    close: () => source.close(),
  };
}

/** Both names of folders and messages, remembered: what is gone has to be named too. */
class Names {
  readonly #store: MailStore;
  readonly #mailboxId: number;
  readonly #folders = new Map<string, string>();
  /** Folder's id and message's → uid. */
  readonly #uids = new Map<string, string>();

  constructor(store: MailStore, mailboxId: number) {
    this.#store = store;
    this.#mailboxId = mailboxId;
  }

  #folder(path: string): number {
    return this.#store.folders.find(this.#mailboxId, path)?.id ?? 999_999;
  }

  id(path: string): string {
    const id = folderId(this.#mailboxId, this.#folder(path));
    this.#folders.set(id, path);
    return id;
  }

  path(id: string): string {
    const name = this.#folders.get(id) ?? this.#store.folders.byId(readId(id).id)?.name ?? id;
    return /^inbox$/i.test(name) ? "INBOX" : name;
  }

  /** Who stands in the folder now. */
  learn(path: string): void {
    const folder = this.#folder(path);
    for (const { id, uid } of this.#store.items.list({ mailboxId: this.#mailboxId, folderId: folder }))
      this.#uids.set(
        `${folder} ${messageId({ mailboxId: this.#mailboxId, id, entry: 0 }, true)}`,
        String(uid),
      );
  }

  epoch(path: string): string {
    return String(this.#folder(path));
  }

  key(path: string, uid: string): string {
    const item = this.#store.items.at(this.#folder(path), Number(uid));
    const known = [...this.#uids].find(
      ([name, value]) => value === uid && name.startsWith(`${this.#folder(path)} `),
    );
    if (item === null)
      return (
        known?.[0].split(" ")[1] ?? messageId({ mailboxId: this.#mailboxId, id: 999_999, entry: 0 }, true)
      );
    const key = messageId({ mailboxId: this.#mailboxId, id: item.id, entry: 0 }, true);
    this.#uids.set(`${item.folderId} ${key}`, uid);
    return key;
  }

  uid(path: string, key: string): string | null {
    const item = this.#store.items.find(readId(key).id);
    const folder = this.#folder(path);
    if (item?.folderId !== folder) return this.knownUid(path, key);
    this.#uids.set(`${folder} ${key}`, String(item.uid));
    return String(item.uid);
  }

  knownUid(path: string, key: string): string | null {
    return this.#uids.get(`${this.#folder(path)} ${key}`) ?? null;
  }
}

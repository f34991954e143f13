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
  HistoryRange,
  IntentResult,
  MailSource,
  OutgoingTrace,
  ProvedWindow,
  RemoteFolder,
  RemoteItem,
  SourceIntent,
  TailPage,
  WatchEvent,
} from "../../src/protocol/mail-source.ts";

/** @param names of the mailbox, kept from one source to the next: what went in between has to be named too */
export const numberedGraph = (source: MailSource, names: GraphNames): MailSource =>
  new NumberedGraph(source, names);

const byUid = (a: RemoteItem, b: RemoteItem): number => Number(a.key) - Number(b.key);

class NumberedGraph implements MailSource {
  readonly transport = "graph" as const;
  readonly #source: MailSource;
  readonly #names: GraphNames;

  constructor(source: MailSource, names: GraphNames) {
    this.#source = source;
    this.#names = names;
  }

  connect(signal?: AbortSignal): Promise<void> {
    return this.#source.connect(signal);
  }

  async listFolders(options?: { counts?: boolean }): Promise<RemoteFolder[]> {
    const folders = await this.#source.listFolders(options);
    return folders.map((folder) => {
      const path = this.#names.path(folder.path);
      const above = path.split("/").slice(0, -1).join("/");
      return { ...folder, path, name: path.split("/").at(-1)!, parentPath: above || null };
    });
  }

  async head(path: string, cursor: Cursor | null): Promise<HeadChanges> {
    this.#names.learn(path);
    const same = cursor !== null && cursor["of"] === this.#names.epoch(path);
    const changes = await this.#source.head(this.#names.id(path), same ? (cursor["inner"] as Cursor) : null);
    return {
      ...changes,
      epochKey: this.#names.epoch(path),
      cursor: { of: this.#names.epoch(path), inner: changes.cursor },
      added: this.#items(path, changes.added),
      flagged: this.#items(path, changes.flagged),
      vanished: changes.vanished.flatMap((key) => this.#names.knownUid(path, key) ?? []),
      windows: changes.windows.map((one) => this.#window(path, one)),
    };
  }

  async tail(path: string, cursor: Cursor, range: HistoryRange, limit: number): Promise<TailPage> {
    this.#assertFits(path, cursor["of"] as string);
    const inner = cursor["inner"] as Cursor;
    const page = await this.#source.tail(this.#names.id(path), inner, range, limit);
    return {
      ...page,
      epochKey: this.#names.epoch(path),
      cursor: page.cursor === null ? null : { of: this.#names.epoch(path), inner: page.cursor },
      items: this.#items(path, page.items),
    };
  }

  estimate(path: string, range: HistoryRange): Promise<number> {
    return this.#source.estimate(this.#names.id(path), range);
  }

  async listAll(path: string): ReturnType<MailSource["listAll"]> {
    this.#names.learn(path);
    const listed = await this.#source.listAll(this.#names.id(path));
    return { epochKey: this.#names.epoch(path), window: this.#window(path, listed.window) };
  }

  async *fetch(
    path: string,
    epochKey: string,
    uids: string[],
    what: "auto" | "source" | "header",
  ): AsyncGenerator<FetchedMessage> {
    this.#assertFits(path, epochKey);
    const keys = uids.map((uid) => this.#names.key(path, uid));
    for await (const message of this.#source.fetch(this.#names.id(path), "graph", keys, what)) {
      const key = this.#names.uid(path, message.key);
      if (key !== null) yield { ...message, key };
    }
  }

  fetchPart(path: string, _epochKey: string, uid: string, part: string | null): Promise<Uint8Array> {
    return this.#source.fetchPart(this.#names.id(path), "graph", this.#names.key(path, uid), part);
  }

  async *watch(paths: string[], signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const ids = paths.map((path) => this.#names.id(path));
    for await (const event of this.#source.watch(ids, signal))
      yield { ...event, folderPath: event.folderPath === null ? null : this.#names.path(event.folderPath) };
  }

  async peek(paths: string[]): Promise<Map<string, string>> {
    const peeked = await this.#source.peek(paths.map((path) => this.#names.id(path)));
    return new Map([...peeked].map(([id, text]) => [this.#names.path(id), text]));
  }

  async apply(intent: SourceIntent): Promise<IntentResult> {
    const { folderPath: path, targetPath } = intent;
    const uids = new Map(intent.keys.map((uid) => [this.#names.key(path, uid), uid]));
    const result = await this.#source.apply({
      ...intent,
      folderPath: this.#names.id(path),
      keys: [...uids.keys()],
      ...(targetPath !== undefined && { targetPath: this.#names.id(targetPath) }),
    });
    return {
      done: result.done.map((key) => uids.get(key)!),
      missing: result.missing.map((key) => uids.get(key)!),
      moved: result.moved.map(({ from, to }) => ({
        from: uids.get(from)!,
        to: this.#names.uid(targetPath!, to)!,
        epochKey: this.#names.epoch(targetPath!),
      })),
    };
  }

  async findSent(path: string, outgoing: OutgoingTrace): Promise<string[]> {
    const keys = await this.#source.findSent(this.#names.id(path), outgoing);
    return keys.map((key) => this.#names.uid(path, key)!);
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #items(path: string, list: readonly RemoteItem[]): RemoteItem[] {
    return list.flatMap((item) => {
      const key = this.#names.uid(path, item.key);
      return key === null ? [] : [{ ...item, key }];
    });
  }

  #window(path: string, { items, ...bounds }: ProvedWindow): ProvedWindow {
    return { ...bounds, items: this.#items(path, items).sort(byUid) };
  }

  #assertFits(path: string, epoch: string): void {
    if (epoch !== this.#names.epoch(path)) throw new HitchpostError("folder_reset", "made again");
  }
}

/** Both names of folders and messages, remembered: what is gone has to be named too. */
export class GraphNames {
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
    const name = this.#store.folders.byId(readId(id).id)?.name ?? this.#folders.get(id) ?? id;
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
    const folder = this.#folder(path);
    const item = this.#store.items.at(folder, Number(uid));
    if (item === null) {
      const known = [...this.#uids].find(([name, value]) => value === uid && name.startsWith(`${folder} `));
      return known?.[0].split(" ")[1] ?? this.#keyOf(900_000 + Number(uid));
    }
    const key = this.#keyOf(item.id);
    this.#uids.set(`${folder} ${key}`, uid);
    return key;
  }

  #keyOf(id: number): string {
    return messageId({ mailboxId: this.#mailboxId, id, entry: 0 }, true);
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

/** A mail server in memory that speaks MailSource: scripted by tests, honest about numbering, without CONDSTORE as Outlook. */
import { createHash } from "node:crypto";
import { HitchpostError } from "../../src/core/errors.ts";
import { extractPart } from "../../src/protocol/mime/structure.ts";
import type {
  Cursor,
  FetchedMessage,
  FolderRole,
  HeadChanges,
  HistoryRange,
  IntentResult,
  MailSource,
  RemoteFolder,
  SourceIntent,
  TailPage,
  WatchEvent,
} from "../../src/protocol/mail-source.ts";

export interface FakeMessage {
  uid: number;
  flags: Set<string>;
  internalDateMs: number;
  raw: string;
  /** The message itself, which a move takes along. */
  lasting: object;
}

export class FakeFolder {
  readonly role: FolderRole | null;
  path: string;
  uidValidity = 1;
  uidNext = 1;
  messages: FakeMessage[] = [];

  constructor(path: string, role: FolderRole | null) {
    this.path = path;
    this.role = role;
  }

  /** Files a message; returns its uid. */
  add(
    raw: string,
    {
      flags = [],
      internalDateMs = Date.UTC(2026, 0, 1),
      lasting = {},
    }: { flags?: string[]; internalDateMs?: number; lasting?: object } = {},
  ): number {
    const uid = this.uidNext++;
    this.messages.push({ uid, flags: new Set(flags), internalDateMs, raw, lasting });
    return uid;
  }

  get(uid: number): FakeMessage {
    const message = this.messages.find((other) => other.uid === uid);
    if (message === undefined) throw new Error(`no uid ${uid} in ${this.path}`);
    return message;
  }

  remove(uid: number): FakeMessage {
    const message = this.get(uid);
    this.messages = this.messages.filter((other) => other !== message);
    return message;
  }

  /** As servers do it: all new numbers under a new validity. */
  renumber(): void {
    this.uidValidity++;
    this.uidNext = 1000;
    for (const message of this.messages) message.uid = this.uidNext++;
  }
}

export class FakeServer {
  readonly folders: FakeFolder[] = [];
  /** Method names with the folder's path, in order. */
  readonly calls: string[] = [];
  /** Thrown by the next call of that method, or of "method path". */
  readonly failures = new Map<string, unknown>();
  /** Thrown by every call of "method path". */
  readonly broken = new Map<string, unknown>();
  /** Folders that the listing leaves out, though they open. */
  readonly unlisted = new Set<string>();
  /** Uids that are listed and give nothing. */
  readonly withheld = new Set<number>();
  /** Bodies given out, by uid and kind. */
  readonly fetched: { path: string; uid: number; what: string }[] = [];
  /** COPYUID and APPENDUID are told. */
  copyUid = true;
  /** Changes are named, as with CONDSTORE and QRESYNC, instead of being told by listings. */
  named = false;
  /** Runs when everything a `fetch` asked for was given out. */
  afterFetch: ((path: string) => Promise<void>) | null = null;
  readonly #snapshots: Map<string, string[]>[] = [];
  #watchers = new Set<(path: string) => void>();

  folder(path: string, role: FolderRole | null = null): FakeFolder {
    const known = this.folders.find((folder) => folder.path === path);
    if (known !== undefined) return known;
    const folder = new FakeFolder(path, role);
    this.folders.push(folder);
    return folder;
  }

  move(uid: number, from: FakeFolder, to: FakeFolder): number {
    const { raw, flags, internalDateMs, lasting } = from.remove(uid);
    return to.add(raw, { flags: [...flags], internalDateMs, lasting });
  }

  push(path: string): void {
    for (const tell of this.#watchers) tell(path);
  }

  open(path: string, method: string): FakeFolder {
    this.calls.push(`${method} ${path}`);
    for (const call of [method, `${method} ${path}`]) {
      const failure = this.failures.get(call) ?? this.broken.get(call);
      this.failures.delete(call);
      if (failure !== undefined) throw failure;
    }
    const folder = this.folders.find((other) => other.path === path);
    if (folder === undefined) throw new HitchpostError("folder_unavailable", `${path} is not there.`);
    return folder;
  }

  /** Remembers the folder as it is; the number finds it again. */
  snapshot(folder: FakeFolder): number {
    this.#snapshots.push(
      new Map(folder.messages.map((message) => [String(message.uid), [...message.flags]])),
    );
    return this.#snapshots.length - 1;
  }

  /** What is different in the folder from what it was. */
  changesSince(folder: FakeFolder, snapshot: number): Pick<HeadChanges, "flagged" | "vanished"> {
    const before = this.#snapshots[snapshot] ?? new Map<string, string[]>();
    const now = new Set(folder.messages.map((message) => String(message.uid)));
    return {
      flagged: folder.messages.map(itemOf).filter(({ key, flags }) => {
        const known = before.get(key);
        return known !== undefined && known.join(" ") !== flags.join(" ");
      }),
      vanished: [...before.keys()].filter((key) => !now.has(key)),
    };
  }

  watchers(tell: (path: string) => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  source(): MailSource {
    return new FakeSource(this);
  }
}

const epochKeyOf = (folder: FakeFolder): string => String(folder.uidValidity);
const itemOf = (message: FakeMessage) => ({ key: String(message.uid), flags: [...message.flags] });
const numberIn = (cursor: Cursor, name: string): number => Number(cursor[name]);

class FakeSource implements MailSource {
  readonly transport = "imap" as const;
  readonly #server: FakeServer;

  constructor(server: FakeServer) {
    this.#server = server;
  }

  async connect(): Promise<void> {
    this.#server.calls.push("connect");
    const failure = this.#server.failures.get("connect");
    this.#server.failures.delete("connect");
    if (failure !== undefined) throw failure;
  }

  async listFolders(): Promise<RemoteFolder[]> {
    const { folders, unlisted } = this.#server;
    return folders
      .filter(({ path }) => !unlisted.has(path))
      .map((folder) => ({
        path: folder.path,
        name: folder.path,
        delimiter: "/",
        parentPath: null,
        role: folder.role,
        selectable: true,
        kind: "mail",
        messages: folder.messages.length,
      }));
  }

  async head(path: string, cursor: Cursor | null): Promise<HeadChanges> {
    const folder = this.#server.open(path, "head");
    const first = cursor === null || numberIn(cursor, "uidvalidity") !== folder.uidValidity;
    const uidnext = first ? folder.uidNext : numberIn(cursor, "uidnext");
    const { named } = this.#server;
    const changes =
      named && !first
        ? this.#server.changesSince(folder, numberIn(cursor, "snapshot"))
        : { flagged: [], vanished: [] };
    return {
      epochKey: epochKeyOf(folder),
      cursor: {
        uidvalidity: folder.uidValidity,
        uidnext: folder.uidNext,
        ...(named && { snapshot: this.#server.snapshot(folder) }),
      },
      added: first ? [] : folder.messages.filter((message) => message.uid >= uidnext).map(itemOf),
      ...changes,
      windows: first || named ? [] : [{ from: null, to: null, items: folder.messages.map(itemOf) }],
      exists: folder.messages.length,
      ...(!first && folder.uidNext < uidnext && { restarted: true as const }),
      needsLooks: !this.#server.named,
    };
  }

  async tail(path: string, cursor: Cursor, range: HistoryRange, limit: number): Promise<TailPage> {
    const folder = this.#server.open(path, "tail");
    if (numberIn(cursor, "uidvalidity") !== folder.uidValidity)
      throw new HitchpostError("folder_reset", "renumbered");
    const below = numberIn(cursor, "below" in cursor ? "below" : "uidnext");
    const older = folder.messages
      .filter((message) => message.uid < below && message.internalDateMs >= (range.sinceMs ?? 0))
      .sort((a, b) => b.uid - a.uid);
    const page = older.slice(0, limit);
    const last = page.length === older.length;
    return {
      epochKey: epochKeyOf(folder),
      cursor: last ? null : { uidvalidity: folder.uidValidity, below: page.at(-1)!.uid },
      items: page.map(itemOf),
      remaining: older.length - page.length,
    };
  }

  async estimate(path: string, range: HistoryRange): Promise<number> {
    return this.#server
      .open(path, "estimate")
      .messages.filter((message) => message.internalDateMs >= (range.sinceMs ?? 0)).length;
  }

  async listAll(path: string): ReturnType<MailSource["listAll"]> {
    const folder = this.#server.open(path, "listAll");
    return {
      epochKey: epochKeyOf(folder),
      window: { from: null, to: null, items: folder.messages.map(itemOf) },
    };
  }

  async *fetch(
    path: string,
    epochKey: string,
    keys: string[],
    what: "auto" | "source" | "header",
  ): AsyncGenerator<FetchedMessage> {
    const folder = this.#server.open(path, "fetch");
    if (epochKey !== epochKeyOf(folder)) throw new HitchpostError("folder_reset", "renumbered");
    for (const message of folder.messages) {
      if (!keys.includes(String(message.uid)) || this.#server.withheld.has(message.uid)) continue;
      this.#server.fetched.push({ path, uid: message.uid, what });
      const raw = Buffer.from(message.raw);
      const headerEnd = raw.indexOf("\r\n\r\n");
      const header = headerEnd < 0 ? raw : raw.subarray(0, headerEnd + 4);
      yield {
        ...itemOf(message),
        internalDateMs: message.internalDateMs,
        sizeBytes: raw.length,
        structureDigest: createHash("sha256")
          .update(String(raw.length - header.length))
          .digest("hex"),
        content:
          what === "header"
            ? { kind: "parts", parts: { header, text: [], attachments: [] } }
            : { kind: "source", raw },
      };
    }
    await this.#server.afterFetch?.(path);
  }

  async fetchPart(path: string, _epochKey: string, key: string, part: string | null): Promise<Uint8Array> {
    const raw = Buffer.from(this.#server.open(path, "fetchPart").get(Number(key)).raw);
    const bytes = part === null ? raw : extractPart(raw, part);
    if (bytes === null) throw new HitchpostError("message_unreadable", `no part ${part}`);
    return bytes;
  }

  async *watch(paths: string[], signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const waiting: string[] = [];
    let wake = Promise.withResolvers<void>();
    const stop = this.#server.watchers((path) => {
      if (paths.includes(path)) waiting.push(path);
      wake.resolve();
    });
    signal.addEventListener("abort", () => wake.resolve(), { once: true });
    try {
      yield { folderPath: null, at: performance.now() };
      while (!signal.aborted) {
        for (const folderPath of waiting.splice(0)) yield { folderPath, at: performance.now() };
        if (signal.aborted) return;
        if (waiting.length === 0) await wake.promise;
        wake = Promise.withResolvers();
      }
    } finally {
      stop();
    }
  }

  async peek(paths: string[]): Promise<Map<string, string>> {
    const found = this.#server.folders.filter((folder) => paths.includes(folder.path));
    return new Map(
      found.map((folder) => [
        folder.path,
        `${folder.uidValidity} ${folder.uidNext} ${folder.messages.length}`,
      ]),
    );
  }

  async apply(intent: SourceIntent): Promise<IntentResult> {
    const folder = this.#server.open(intent.folderPath, "apply");
    const result: IntentResult = { done: [], missing: [], moved: [] };
    if (intent.kind === "append") {
      const uid = folder.add(Buffer.from(intent.raw!).toString());
      if (this.#server.copyUid) result.done.push(String(uid));
    }
    for (const key of intent.keys) {
      const message = folder.messages.find((other) => String(other.uid) === key);
      if (message === undefined) {
        result.missing.push(key);
        continue;
      }
      for (const flag of intent.add ?? []) message.flags.add(flag);
      for (const flag of intent.remove ?? []) message.flags.delete(flag);
      result.done.push(key);
      if (intent.targetPath === undefined) continue;
      const target = this.#server.folder(intent.targetPath);
      const to = this.#server.move(message.uid, folder, target);
      if (this.#server.copyUid)
        result.moved.push({ from: key, to: String(to), epochKey: epochKeyOf(target) });
    }
    return result;
  }

  async findSent(): Promise<string[]> {
    return [];
  }

  async close(): Promise<void> {
    this.#server.calls.push("close");
  }
}

/** A plain mail. */
export function mail(fields: {
  id: string | null;
  from?: string;
  to?: string;
  subject?: string;
  text?: string;
  date?: string;
  headers?: string;
}): string {
  const {
    id,
    from = "ann@example.org",
    to = "support@example.com",
    subject = "Hello",
    text = "Good day",
    date,
  } = fields;
  return [
    ...(id === null ? [] : [`Message-ID: <${id}>`]),
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Date: ${date ?? "Thu, 01 Jan 2026 00:00:00 +0000"}`,
    ...(fields.headers === undefined ? [] : [fields.headers]),
    "Content-Type: text/plain; charset=utf-8",
    "",
    text,
    "",
  ].join("\r\n");
}

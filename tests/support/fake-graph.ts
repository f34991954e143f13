/** The scripted server's other front: ids that survive moves, no structure, headers written anew, as Microsoft Graph reads it. */
import { HitchpostError } from "../../src/core/errors.ts";
import type {
  Cursor,
  FetchedMessage,
  HeadChanges,
  HistoryRange,
  IntentResult,
  MailSource,
  RemoteFolder,
  TailPage,
  WatchEvent,
} from "../../src/protocol/mail-source.ts";
import type { FakeFolder, FakeMessage, FakeServer } from "./fake-source.ts";

const graphPath = (folder: FakeFolder): string => `id of ${folder.path}`;

/** The same header as another program writes it: another time zone, another case, the words of the subject encoded. */
const writtenAnew = (header: string): string =>
  header
    .replace(/^Date: .*$/m, (line) => {
      const ms = Date.parse(line.slice(6));
      return `Date: ${new Date(ms + 2 * 3_600_000).toUTCString().replace("GMT", "+0200")}`;
    })
    .replace(/^Subject: (.*)$/m, (_line, subject: string) => {
      return `Subject: =?utf-8?B?${Buffer.from(subject).toString("base64")}?=`;
    })
    .replace(/^From: (.*)$/m, (_line, from: string) => `From: <${from.toUpperCase()}>`);

/** @param anew its MIME is written anew too, as Exchange may do; else it is what IMAP gives, octet by octet */
export const fakeGraph = (server: FakeServer, { anew = true } = {}): MailSource =>
  new FakeGraph(server, anew);

class FakeGraph implements MailSource {
  readonly transport = "graph" as const;
  readonly keysSpan = "mailbox" as const;
  readonly #server: FakeServer;
  readonly #anew: boolean;
  readonly #ids = new Map<object, string>();

  constructor(server: FakeServer, anew: boolean) {
    this.#server = server;
    this.#anew = anew;
  }

  async connect(): Promise<void> {
    this.#server.calls.push("connect");
  }

  async listFolders(): Promise<RemoteFolder[]> {
    return this.#server.folders.map((folder) => ({
      path: graphPath(folder),
      name: folder.role === "inbox" ? "Posteingang" : folder.path,
      delimiter: null,
      parentPath: null,
      role: folder.role,
      selectable: true,
      kind: "mail",
      messages: folder.messages.length,
    }));
  }

  async head(path: string, cursor: Cursor | null): Promise<HeadChanges> {
    const all = this.#items(this.#open(path, "head"));
    const known = new Set((cursor?.["keys"] ?? []) as string[]);
    return {
      epochKey: "graph",
      cursor: { keys: all.map(({ key }) => key) },
      added: cursor === null ? [] : all.filter(({ key }) => !known.has(key)),
      flagged: [],
      vanished: [],
      windows: cursor === null ? [] : [{ from: null, to: null, items: all }],
      exists: all.length,
      needsLooks: false,
    };
  }

  async tail(path: string, cursor: Cursor, _range: HistoryRange, limit: number): Promise<TailPage> {
    const at = (cursor["at"] ?? 0) as number;
    const wanted = new Set(cursor["keys"] as string[]);
    const all = this.#items(this.#open(path, "tail"))
      .filter(({ key }) => wanted.has(key))
      .reverse();
    const items = all.slice(at, at + limit);
    const remaining = all.length - at - items.length;
    const next = remaining === 0 ? null : { keys: cursor["keys"], at: at + items.length };
    return { epochKey: "graph", cursor: next, items, remaining };
  }

  async estimate(path: string): Promise<number> {
    return this.#open(path, "estimate").messages.length;
  }

  async listAll(path: string): ReturnType<MailSource["listAll"]> {
    const items = this.#items(this.#open(path, "listAll"));
    return { epochKey: "graph", window: { from: null, to: null, items } };
  }

  async *fetch(...[path, , keys, what]: Parameters<MailSource["fetch"]>): AsyncGenerator<FetchedMessage> {
    const folder = this.#open(path, "fetch");
    for (const message of folder.messages.filter((one) => keys.includes(this.#keyOf(one)))) {
      this.#server.fetched.push({ path, uid: message.uid, what });
      yield this.#read(folder, message, what);
    }
  }

  async fetchPart(): Promise<Uint8Array> {
    throw new HitchpostError("message_gone", "not scripted");
  }

  async *watch(_paths: string[], signal: AbortSignal): AsyncGenerator<WatchEvent> {
    yield { folderPath: null, at: performance.now() };
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  async peek(paths: string[]): Promise<Map<string, string>> {
    return new Map(paths.map((path) => [path, String(this.#open(path, "peek").messages.length)]));
  }

  async apply(): Promise<IntentResult> {
    return { done: [], missing: [], moved: [] };
  }

  async findSent(): Promise<string[]> {
    return [];
  }

  async close(): Promise<void> {
    this.#server.calls.push("close");
  }

  #read(folder: FakeFolder, message: FakeMessage, what: string): FetchedMessage {
    const [header = ""] = message.raw.split("\r\n\r\n");
    const raw = this.#anew ? message.raw.replace(header, writtenAnew(header)) : message.raw;
    const parts = { header: Buffer.from(`${writtenAnew(header)}\r\n\r\n`), text: [], attachments: [] };
    return {
      key: this.#keyOf(message),
      flags: flagsOf(message),
      internalDateMs: Math.floor(message.internalDateMs / 1000) * 1000,
      sizeBytes: message.raw.length,
      structureDigest: null,
      content: what === "header" ? { kind: "parts", parts } : { kind: "source", raw: Buffer.from(raw) },
    };
  }

  #items(folder: FakeFolder): { key: string; flags: string[] }[] {
    return folder.messages.map((message) => ({
      key: this.#keyOf(message),
      flags: flagsOf(message),
    }));
  }

  #keyOf({ lasting }: FakeMessage): string {
    if (!this.#ids.has(lasting)) this.#ids.set(lasting, `AAMk-${this.#ids.size}`);
    return this.#ids.get(lasting)!;
  }

  #open(path: string, method: string): FakeFolder {
    const folder = this.#server.folders.find((other) => graphPath(other) === path);
    if (folder === undefined) throw new HitchpostError("folder_unavailable", `${path} is not there.`);
    return this.#server.open(folder.path, method);
  }
}

/** Graph does not tell that a mail was answered. */
const flagsOf = ({ flags }: FakeMessage): string[] => [...flags].filter((flag) => flag !== "\\Answered");

/**
 * The one interface of imap, graph and pop3 (reading) and what they exchange with `sync/`.
 * Reading never changes the mailbox; cursors are opaque to the caller and plain JSON.
 */
export type FolderRole =
  | "inbox"
  | "sent"
  | "drafts"
  | "junk"
  | "trash"
  | "archive"
  | "all"
  | "flagged"
  | "important";

export interface RemoteFolder {
  /** The server's own key: IMAP path (decoded), Graph id. */
  path: string;
  /** The last part of the path, decoded, as a person reads it. */
  name: string;
  delimiter: string | null;
  parentPath: string | null;
  role: FolderRole | null;
  /** False for \Noselect and \NonExistent. */
  selectable: boolean;
  /** "other" for Calendar, Contacts, Tasks, Notes and the like that hold no mail. */
  kind: "mail" | "other";
  /** Messages in it by STATUS; null when it was not asked or refused. */
  messages: number | null;
}

/** Plain JSON, made and read by the source alone. */
export type Cursor = Record<string, unknown>;

/** UID as decimal text, Graph immutable id, UIDL. Unique within (folder, epoch). */
export type RemoteKey = string;

/** One item's state without its content. */
export interface RemoteItem {
  key: RemoteKey;
  /** As the server writes them (`\Seen`, `$Forwarded`); null: it lists the item and says nothing more of it. */
  flags: string[] | null;
  /** INTERNALDATE / receivedDateTime, epoch milliseconds, where the listing tells it. */
  receivedMs?: number;
}

/** A stretch of the folder that was listed whole: every key in [from, to] that exists is in `items`. Proved complete. */
export interface ProvedWindow {
  /** Inclusive bounds of the remote keys, as numbers for IMAP; both null: the whole folder. */
  from: number | null;
  to: number | null;
  items: RemoteItem[];
}

/** The answer of `head`: what changed since the cursor. */
export interface HeadChanges {
  /** Names the numbering: IMAP's UIDVALIDITY as text. Another value than the stored one: a new epoch, all keys are new. */
  epochKey: string;
  /** To be stored in the transaction that stores the changes. */
  cursor: Cursor;
  /** New items above the cursor, ascending. On the first call (cursor null) none: the tail brings what stands there. */
  added: RemoteItem[];
  /** Items whose flags changed (CONDSTORE, Graph delta). */
  flagged: RemoteItem[];
  /** Keys that the server named as gone (VANISHED, Graph @removed). */
  vanished: RemoteKey[];
  /** Listings by which the caller tells flag changes and removals itself (servers without CONDSTORE/QRESYNC). */
  windows: ProvedWindow[];
  /** Messages in the folder now. */
  exists: number;
  /** Under the same `epochKey` the numbering has begun anew: all keys are new. */
  restarted?: true;
  /** Neither `watch` nor `peek` tells everything: flags are found by comparing alone, or what was removed is still to be found. */
  needsLooks: boolean;
}

export interface TailPage {
  epochKey: string;
  /** null: the tail is finished. */
  cursor: Cursor | null;
  /** Newest first. */
  items: RemoteItem[];
  /** Messages of the range that are still older than this page, when known. */
  remaining: number | null;
}

/** Oldest INTERNALDATE wanted, epoch milliseconds; null: all. */
export interface HistoryRange {
  sinceMs: number | null;
}

/** One fetched message on its way to the parser. */
export interface FetchedMessage {
  key: RemoteKey;
  flags: string[];
  /** INTERNALDATE / receivedDateTime, epoch milliseconds; null when the server gives none. */
  internalDateMs: number | null;
  sizeBytes: number;
  /** Digest of the body structure (types, sizes, names), for identity across folders; null when it could not be read. */
  structureDigest: string | null;
  /** `source`: the whole raw message. `parts`: header block and text parts; attachments only described. */
  content:
    | { kind: "source"; raw: Uint8Array }
    | { kind: "parts"; parts: FetchedParts }
    | { kind: "unreadable"; reason: string };
}

export interface FetchedParts {
  /** The raw header block, up to and with the empty line. */
  header: Uint8Array;
  text: FetchedTextPart[];
  attachments: RemotePart[];
}

/** A part as BODYSTRUCTURE describes it. */
export interface RemotePart {
  /** IMAP part path: "2.1"; of Graph, the attachment's id. */
  partPath: string;
  contentType: string;
  filename: string | null;
  contentId: string | null;
  disposition: "attachment" | "inline" | null;
  encoding: string;
  /** Encoded size in octets. */
  sizeBytes: number;
}

export interface FetchedTextPart extends RemotePart {
  charset: string | null;
  /** Still transfer-encoded. */
  body: Uint8Array;
  /** True when `body` was cut at the size cap. */
  truncated: boolean;
  /** Path of the outermost multipart/alternative around it, "" when that is the whole message, null: none. Left out: judged by paths. */
  alternative?: string | null;
  /** `format=flowed` (RFC 3676), and with `delsp=yes`. Left out: not flowed, or as the header says for a single-part message. */
  flowed?: boolean;
  delSp?: boolean;
}

export interface SourceIntent {
  kind: "flags" | "move" | "delete" | "append";
  folderPath: string;
  epochKey: string;
  keys: RemoteKey[];
  add?: string[];
  remove?: string[];
  /** Target of a move, or of "delete" (Deleted Items). */
  targetPath?: string;
  raw?: Uint8Array;
  /** For moves: a server copies first, and a copy whose rest was cut off must not be made again. */
  copying?: CopyNotes;
}

/** Where the target stood before something was copied into it. */
export interface CopyMark {
  epochKey: string;
  /** UIDNEXT: a copy bears this UID or a higher one. */
  uidNext: number;
}

export interface CopyNotes {
  /** Marks of earlier tries; what of them stands in the target is looked for first. */
  earlier: ReadonlyMap<RemoteKey, CopyMark>;
  /** Called before a MOVE or COPY; it is sent after this resolved. */
  note(keys: RemoteKey[], mark: CopyMark): Promise<void>;
  /**
   * The target has another numbering than the marks of these: which of them have a copy of ours there under `epochKey`.
   * `later`: not known yet; `unkept`: of that folder nothing is known here.
   */
  standing(keys: RemoteKey[], epochKey: string): Promise<ReadonlySet<RemoteKey> | "later" | "unkept">;
}

/** What became of an intent: for moves the new keys where the server says so (COPYUID). */
export interface IntentResult {
  done: RemoteKey[];
  /** Keys that no longer exist in the folder. */
  missing: RemoteKey[];
  /** Left alone: whether an earlier try copied them is not known yet (`CopyNotes.standing`). */
  waiting?: RemoteKey[];
  moved: { from: RemoteKey; to: RemoteKey; epochKey: string }[];
  /** Copied to the target, but here only marked \Deleted: the server has neither MOVE nor UID EXPUNGE (RFC 4315). */
  leftMarked?: RemoteKey[];
}

/** What is known of a message we sent, to recognise its copy in Sent (sync.md, "A reply leaves once"). */
export interface OutgoingTrace {
  /** Our Message-ID with angle brackets. */
  messageId: string;
  /** Those of other mails of ours: what bears one is no copy of this one, however alike. */
  otherIds: readonly string[];
  from: string;
  to: string[];
  subject: string;
  /** Epoch milliseconds. */
  dateMs: number;
}

export interface WatchEvent {
  /** null: from now on changes are told; what came before shows by `peek`. */
  folderPath: string | null;
  /** Monotonic milliseconds at which the server's push was read, for measuring our part of the delay. */
  at: number;
}

export interface MailSource {
  readonly transport: "imap" | "graph" | "pop3";
  /** `mailbox`: a key names one message in all folders, and a move keeps it. Left out: keys are a folder's own. */
  readonly keysSpan?: "folder" | "mailbox";
  /** Throws a catalogue error; after it resolves, the mailbox answers (NAMESPACE was tried). */
  connect(signal?: AbortSignal): Promise<void>;
  listFolders(options?: { counts?: boolean }): Promise<RemoteFolder[]>;
  /** `cursor` null: the first look, which sets the boundary between head and tail. `whole`: list all flags, not only the newest window. */
  head(
    folderPath: string,
    cursor: Cursor | null,
    options?: { window?: number; slice?: number },
  ): Promise<HeadChanges>;
  /** The first page is asked for with the cursor that the first `head` gave. */
  tail(folderPath: string, cursor: Cursor, range: HistoryRange, limit: number): Promise<TailPage>;
  /** Messages in the range, for the wizard. */
  estimate(folderPath: string, range: HistoryRange): Promise<number>;
  /** Lists the whole folder (keys and flags), proved complete, or throws. */
  listAll(folderPath: string): Promise<{ epochKey: string; window: ProvedWindow }>;
  /** Keys that the server no longer gives anything for are left out; the caller tells. `what: "source"` brings whole
   * messages as far as their size allows; `"header"` is for recognising known messages: `parts` without text and attachments (a source may give more). */
  fetch(
    folderPath: string,
    epochKey: string,
    keys: RemoteKey[],
    what: "auto" | "source" | "header",
  ): AsyncIterable<FetchedMessage>;
  /** One part or, with `partPath` null, the whole raw message, still encoded. */
  fetchPart(
    folderPath: string,
    epochKey: string,
    key: RemoteKey,
    partPath: string | null,
  ): Promise<Uint8Array>;
  /** Yields when something changed in one of the folders; the first is watched by push, the others as the server allows. */
  watch(folderPaths: string[], signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** Cheap look at several folders (STATUS): text that differs when something changed. */
  peek(folderPaths: string[]): Promise<Map<string, string>>;
  apply(intent: SourceIntent): Promise<IntentResult>;
  /** Keys in the Sent folder that may be the copy, by Message-ID, X-Microsoft-Original-Message-ID or the rest. */
  findSent(sentPath: string, outgoing: OutgoingTrace): Promise<RemoteKey[]>;
  close(): Promise<void>;
}

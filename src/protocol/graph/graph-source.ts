/** MailSource over Microsoft Graph v1.0 (learn.microsoft.com/graph/api/resources/mail-api-overview), assembled from the files beside it. */
import type { HeadChanges, MailSource } from "../mail-source.ts";
import { applyIntent } from "./apply.ts";
import { createBatcher } from "./batch.ts";
import { createGraphClient, type GraphConnection } from "./client.ts";
import { readHeadCursor, readTailCursor } from "./cursors.ts";
import { createEnumerations } from "./delta.ts";
import { fetchMessages, fetchPart } from "./fetch.ts";
import { findSentCopies } from "./find-sent.ts";
import { createFolderList } from "./folders.ts";
import { createMetas, createPrefetched, type GraphParts } from "./graph-parts.ts";
import { epochKey, firstHead, nextHead } from "./head.ts";
import { createMirror } from "./mirror.ts";
import { createPush, type PushChannel } from "./subscriptions.ts";
import { countInRange, tailPage } from "./tail.ts";
import { peekFolders, watchFolders, type GraphPush } from "./watch.ts";

export interface GraphSourceOptions extends GraphConnection {
  /** Between two looks at Inbox while nothing is pushed; default 30 s. Other folders: four times as long. */
  pollMs?: number;
  /** The same while notifications come: default 45 s, and 5 min after half an hour in which nothing happened. */
  pushedPollMs?: number;
  /** Change notifications of this mailbox; left out: it is read by polling alone. */
  push?: GraphPush;
  /** The same, subscribed to by the source itself while it is watched. */
  channel?: PushChannel;
}

/** Nothing is sent before `connect` or the first other call. */
export function createGraphSource(options: GraphSourceOptions): MailSource {
  const client = createGraphClient(options);
  const batcher = createBatcher(client);
  const parts: GraphParts = {
    client,
    batcher,
    enumerations: createEnumerations(client),
    metas: createMetas(),
    prefetched: createPrefetched(),
    sizes: { asked: true },
  };
  const folders = createFolderList(client, batcher);
  const mirror = createMirror(parts);
  const ended = new AbortController();
  const links = new Map<string, string>();
  const watching = {
    parts,
    links,
    pollMs: options.pollMs ?? 30_000,
    pushedPollMs: options.pushedPollMs ?? 45_000,
    push:
      options.push ??
      (options.channel === undefined ? null : createPush(client, options.channel, options.log)),
  };
  return {
    transport: "graph",
    keysSpan: "mailbox", // immutable ids (learn.microsoft.com/graph/outlook-immutable-id)
    connect: (signal) => openInbox(parts, signal),
    listFolders: (listOptions) => folders.list(listOptions?.counts ?? false),
    async head(path, stored) {
      const cursor = stored === null ? null : readHeadCursor(stored);
      const changes = cursor === null ? await firstHead(parts, path) : await nextHead(parts, path, cursor);
      noteLink(links, path, changes);
      return changes;
    },
    tail: (path, stored, range, limit) => tailPage(parts, path, readTailCursor(stored), range, limit),
    estimate: (path, range) => countInRange(parts, path, range),
    listAll: async (path) => ({ epochKey, window: await mirror.whole(path) }),
    fetch: (path, _epochKey, keys, what) => fetchMessages(parts, path, keys, what),
    fetchPart: (_path, _epochKey, key, partPath) => fetchPart(parts, key, partPath),
    watch: (paths, signal) => watchFolders(watching, paths, AbortSignal.any([signal, ended.signal])),
    peek: (paths) => peekFolders(parts, paths),
    apply: (intent) => applyIntent(parts, intent),
    findSent: (path, outgoing) => findSentCopies(parts, path, outgoing),
    async close() {
      ended.abort(new Error("the source was closed"));
      client.close();
    },
  };
}

/** The mailbox answers: the Inbox is asked, as a token alone proves nothing. */
async function openInbox({ client }: GraphParts, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await client.send({
    path: "/mailFolders/inbox?$select=id",
    what: "opening the mailbox",
    subject: "mailbox",
    urgency: "urgent",
  });
}

function noteLink(links: Map<string, string>, path: string, { cursor }: HeadChanges): void {
  const link = readHeadCursor(cursor)?.deltaLink ?? null;
  if (link === null) links.delete(path);
  else links.set(path, link);
}

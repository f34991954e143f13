/** The scripted server's other front: ids that survive moves, no structure, headers written anew, as Microsoft Graph reads it. */
import { HitchpostError } from "../../src/core/errors.ts";
import type { FetchedMessage, MailSource, RemoteItem } from "../../src/protocol/mail-source.ts";
import type { FakeFolder, FakeMessage, FakeServer } from "./fake-source.ts";

export const graphPath = (folder: FakeFolder): string => `id of ${folder.path}`;

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
export function fakeGraph(server: FakeServer, { anew = true } = {}): MailSource {
  const ids = new Map<string, string>();
  const keyOf = (folder: FakeFolder, message: FakeMessage): string => {
    const place = `${folder.path} ${folder.uidValidity} ${message.uid}`;
    if (!ids.has(place)) ids.set(place, `AAMk-${ids.size}`);
    return ids.get(place)!;
  };
  const open = (path: string, method: string): FakeFolder => {
    const folder = server.folders.find((other) => graphPath(other) === path);
    if (folder === undefined) throw new HitchpostError("folder_unavailable", `${path} is not there.`);
    return server.open(folder.path, method);
  };
  const items = (folder: FakeFolder): RemoteItem[] =>
    folder.messages.map((message) => ({
      key: keyOf(folder, message),
      flags: [...message.flags].filter((flag) => flag !== "\\Answered"),
    }));
  const window = (folder: FakeFolder) => ({ from: null, to: null, items: items(folder) });
  async function* fetch(
    ...[path, , keys, what]: Parameters<MailSource["fetch"]>
  ): AsyncGenerator<FetchedMessage> {
    const folder = open(path, "fetch");
    for (const message of folder.messages.filter((one) => keys.includes(keyOf(folder, one)))) {
      server.fetched.push({ path, uid: message.uid, what });
      const [header = ""] = message.raw.split("\r\n\r\n");
      const [item] = items({ ...folder, messages: [message] } as FakeFolder);
      const parts = { header: Buffer.from(`${writtenAnew(header)}\r\n\r\n`), text: [], attachments: [] };
      yield {
        key: item!.key,
        flags: item!.flags ?? [],
        internalDateMs: Math.floor(message.internalDateMs / 1000) * 1000,
        sizeBytes: message.raw.length,
        structureDigest: null,
        content:
          what === "header"
            ? { kind: "parts", parts }
            : {
                kind: "source",
                raw: Buffer.from(anew ? message.raw.replace(header, writtenAnew(header)) : message.raw),
              },
      };
    }
  }
  return {
    transport: "graph",
    connect: async () => undefined,
    listFolders: async () =>
      server.folders.map((folder) => ({
        path: graphPath(folder),
        name: folder.role === "inbox" ? "Posteingang" : folder.path,
        delimiter: null,
        parentPath: null,
        role: folder.role,
        selectable: true,
        kind: "mail",
        messages: folder.messages.length,
      })),
    async head(path, cursor) {
      const folder = open(path, "head");
      const known = new Set((cursor?.["keys"] ?? []) as string[]);
      const all = items(folder);
      return {
        epochKey: "graph",
        cursor: { keys: all.map(({ key }) => key) },
        added: cursor === null ? [] : all.filter(({ key }) => !known.has(key)),
        flagged: [],
        vanished: [],
        windows: cursor === null ? [] : [window(folder)],
        exists: all.length,
        needsLooks: false,
      };
    },
    async tail(path, cursor, _range, limit) {
      const folder = open(path, "tail");
      const at = (cursor["at"] ?? 0) as number;
      const wanted = new Set(cursor["keys"] as string[]);
      const all = items(folder)
        .filter(({ key }) => wanted.has(key))
        .reverse();
      const page = all.slice(at, at + limit);
      const left = all.length - at - page.length;
      return {
        epochKey: "graph",
        cursor: left === 0 ? null : { keys: cursor["keys"], at: at + page.length },
        items: page,
        remaining: left,
      };
    },
    estimate: async (path) => open(path, "estimate").messages.length,
    listAll: async (path) => ({ epochKey: "graph", window: window(open(path, "listAll")) }),
    fetch,
    fetchPart: async () => new Uint8Array(),
    async *watch() {
      yield await new Promise<never>(() => undefined);
    },
    peek: async (paths) => new Map(paths.map((path) => [path, String(open(path, "peek").messages.length)])),
    apply: async () => ({ done: [], missing: [], moved: [] }),
    findSent: async () => [],
    close: async () => undefined,
  };
}

/** The other mail program of a run: it works on the mailbox at Dovecot directly, and reads at the end what stands there. */
import { ImapFlow } from "imapflow";
import type { Dovecot } from "../../support/dovecot.ts";
import { markIn } from "../mails.ts";
import type { ServerItem, ServerState } from "../states.ts";

export interface OtherProgram {
  append(folder: string, raw: string, options: { flags?: string[]; atMs: number }): Promise<void>;
  items(folder: string): Promise<ServerItem[]>;
  flag(folder: string, uid: number, flag: string, on: boolean): Promise<void>;
  move(folder: string, uid: number, to: string): Promise<void>;
  copy(folder: string, uid: number, to: string): Promise<void>;
  remove(folder: string, uid: number): Promise<void>;
  folders(): Promise<string[]>;
  createFolder(folder: string): Promise<void>;
  renameFolder(from: string, to: string): Promise<void>;
  removeFolder(folder: string): Promise<void>;
  read(): Promise<ServerState>;
  close(): Promise<void>;
}

/** The program's one connection; it is opened when it is needed, and again when it broke. */
interface Line {
  open(): Promise<ImapFlow>;
  /** Works in an opened folder. */
  within<T>(folder: string, work: (client: ImapFlow) => Promise<T>): Promise<T>;
  /** Opened, with no folder open: another may be renamed or removed. */
  outside(): Promise<ImapFlow>;
  close(): Promise<void>;
}

function createLine(dovecot: Dovecot, user: string, pass: string): Line {
  let client: ImapFlow | null = null;
  const open = async (): Promise<ImapFlow> => {
    if (client?.usable === true) return client;
    const { host, port } = dovecot;
    client = new ImapFlow({
      host,
      port,
      secure: false,
      doSTARTTLS: false,
      auth: { user, pass },
      logger: false,
    });
    client.on("error", () => undefined); // the next use opens another one
    await client.connect();
    return client;
  };
  return {
    open,
    async within(folder, work) {
      const opened = await open();
      const lock = await opened.getMailboxLock(folder);
      try {
        return await work(opened);
      } finally {
        lock.release();
      }
    },
    async outside() {
      const opened = await open();
      await opened.mailboxClose().catch(() => undefined); // none was open
      return opened;
    },
    async close() {
      await client?.logout().catch(() => undefined); // it broke before
    },
  };
}

export function openOtherProgram(dovecot: Dovecot, user: string, password: string): OtherProgram {
  const line = createLine(dovecot, user, password);
  const marks = new Map<string, string>();
  const items = (folder: string): Promise<ServerItem[]> =>
    line.within(folder, (open) => listItems(open, folder, marks));
  const folders = async (): Promise<string[]> =>
    (await (await line.open()).list()).filter(({ flags }) => !flags.has("\\Noselect")).map((box) => box.path);
  const byUid = { uid: true } as const;
  return {
    items,
    folders,
    async append(folder, raw, { flags = [], atMs }) {
      await (await line.open()).append(folder, raw, flags, new Date(atMs));
    },
    async flag(folder, uid, flag, on) {
      await line.within(folder, (open) =>
        on
          ? open.messageFlagsAdd(String(uid), [flag], byUid)
          : open.messageFlagsRemove(String(uid), [flag], byUid),
      );
    },
    async move(folder, uid, to) {
      await line.within(folder, (open) => open.messageMove(String(uid), to, byUid));
    },
    async copy(folder, uid, to) {
      await line.within(folder, (open) => open.messageCopy(String(uid), to, byUid));
    },
    async remove(folder, uid) {
      await line.within(folder, (open) => open.messageDelete(String(uid), byUid));
    },
    createFolder: async (folder) => void (await (await line.open()).mailboxCreate(folder)),
    renameFolder: async (from, to) => void (await (await line.outside()).mailboxRename(from, to)),
    removeFolder: async (folder) => void (await (await line.outside()).mailboxDelete(folder)),
    async read() {
      const read: ServerState = { folders: [] };
      for (const path of await folders()) read.folders.push({ path, items: await items(path) });
      return read;
    },
    close: line.close,
  };
}

/** @param marks what was read before, by folder, UIDVALIDITY and UID */
async function listItems(open: ImapFlow, folder: string, marks: Map<string, string>): Promise<ServerItem[]> {
  await open.noop(); // what came since it was opened
  const box = open.mailbox === false ? null : open.mailbox;
  if (box === null || box.exists === 0) return [];
  const all = await open.fetchAll("1:*", { uid: true, flags: true });
  const rows = all.filter(({ uid }) => uid !== undefined); // flags that change meanwhile are told without it
  const keyOf = (uid: number): string => `${folder} ${box.uidValidity} ${uid}`;
  const unknown = rows.filter(({ uid }) => !marks.has(keyOf(uid))).map(({ uid }) => uid);
  if (unknown.length > 0)
    for (const row of await open.fetchAll(unknown.join(","), { uid: true, source: true }, { uid: true }))
      marks.set(keyOf(row.uid), markIn(row.source?.toString() ?? "") ?? `unmarked ${row.uid}`);
  return rows.map(({ uid, flags }) => ({
    uid,
    flags: [...(flags ?? [])].filter((flag) => flag !== "\\Recent").sort(),
    mark: marks.get(keyOf(uid)) ?? `unread ${uid}`,
  }));
}

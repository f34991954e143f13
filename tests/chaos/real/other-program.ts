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

/** @param user whose password is `password`; the connection is opened when it is needed, and again when it broke */
export function openOtherProgram(dovecot: Dovecot, user: string, password: string): OtherProgram {
  const marks = new Map<string, string>();
  let client: ImapFlow | null = null;
  const connected = async (): Promise<ImapFlow> => {
    if (client?.usable === true) return client;
    client = new ImapFlow({
      host: dovecot.host,
      port: dovecot.port,
      secure: false,
      doSTARTTLS: false,
      auth: { user, pass: password },
      logger: false,
    });
    client.on("error", () => undefined); // the next use opens another one
    await client.connect();
    return client;
  };
  const within = async <T>(folder: string, work: (open: ImapFlow) => Promise<T>): Promise<T> => {
    const open = await connected();
    const lock = await open.getMailboxLock(folder);
    try {
      return await work(open);
    } finally {
      lock.release();
    }
  };
  const itemsOf = (folder: string): Promise<ServerItem[]> =>
    within(folder, async (open) => {
      await open.noop(); // what came since it was opened
      const box = open.mailbox === false ? null : open.mailbox;
      if (box === null || box.exists === 0) return [];
      const rows = await open.fetchAll("1:*", { uid: true, flags: true });
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
    });
  const folders = async (): Promise<string[]> =>
    (await (await connected()).list()).filter(({ flags }) => !flags.has("\\Noselect")).map((box) => box.path);
  const set = (uid: number): [string, { uid: true }] => [String(uid), { uid: true }];
  return {
    async append(folder, raw, { flags = [], atMs }) {
      await (await connected()).append(folder, raw, flags, new Date(atMs));
    },
    items: itemsOf,
    flag: async (folder, uid, flag, on) =>
      void (await within(folder, (open) => {
        const [range, by] = set(uid);
        return on ? open.messageFlagsAdd(range, [flag], by) : open.messageFlagsRemove(range, [flag], by);
      })),
    move: async (folder, uid, to) => {
      const [range, by] = set(uid);
      await within(folder, (open) => open.messageMove(range, to, by));
    },
    copy: async (folder, uid, to) => {
      const [range, by] = set(uid);
      await within(folder, (open) => open.messageCopy(range, to, by));
    },
    remove: async (folder, uid) => {
      const [range, by] = set(uid);
      await within(folder, (open) => open.messageDelete(range, by));
    },
    folders,
    createFolder: async (folder) => void (await (await connected()).mailboxCreate(folder)),
    async renameFolder(from, to) {
      const open = await connected();
      await open.mailboxClose().catch(() => undefined); // none was open
      await open.mailboxRename(from, to);
    },
    async removeFolder(folder) {
      const open = await connected();
      await open.mailboxClose().catch(() => undefined); // none was open
      await open.mailboxDelete(folder);
    },
    async read() {
      const read: ServerState = { folders: [] };
      for (const folder of await folders()) read.folders.push({ path: folder, items: await itemsOf(folder) });
      return read;
    },
    async close() {
      await client?.logout().catch(() => undefined); // it broke before
    },
  };
}

/** After a change of the transport, over the sandbox: an attachment that the other one described is fetched; POP3 and back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { readAttachment, type FetchDeps } from "../../src/inbox/attachments.ts";
import { createGraphSource } from "../../src/protocol/graph/graph-source.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import { createPop3Source } from "../../src/protocol/pop3/pop3-source.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import { createBlobs, type Blobs } from "../../src/store/blobs.ts";
import { updateMailbox } from "../../src/store/mailboxes.ts";
import type { Transport } from "../../src/store/transport.ts";
import { syncFolderList } from "../../src/sync/folder-listing.ts";
import { startGraphServer, type GraphPerson, type GraphServer } from "../support/graph-server.ts";
import { mail } from "../support/fake-source.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { syncRig, testParser, type SyncRig } from "../support/sync-rig.ts";

const parser = testParser();
let server: GraphServer;
let database: TestDatabase;
let directory: string;
let blobs: Blobs;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "hitchpost-attachments-"));
  blobs = createBlobs({ directory });
  [server, database] = await Promise.all([startGraphServer(), testDatabase()]);
});
afterAll(async () => {
  await server?.stop();
  await parser.close();
  await database?.close();
  await rm(directory, { recursive: true, force: true });
});

const attached = (name: string, text: string): string =>
  `--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(text).toString("base64")}\r\n`;
/** So large that a transport describes the files and does not bring them with the mail. */
const pages = {
  first: `the first page ${"1".repeat(700_000)}`,
  second: `the second page ${"2".repeat(700_000)}`,
};
const raw = [
  "Message-ID: <files@x>\r\nFrom: ann@example.org\r\nTo: us@example.com\r\nSubject: Files\r\nDate: Mon, 02 Mar 2026 09:05:00 +0100\r\n",
  'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nTwo of one name.\r\n',
  attached("page.pdf", pages.first),
  attached("page.pdf", pages.second),
  "--b--\r\n",
].join("");

const common = { clock: systemClock, log: silentLog };
const sourceOf = (person: GraphPerson, transport: Transport): MailSource => {
  if (transport === "pop3") return popSource(person);
  return transport === "graph"
    ? createGraphSource({
        ...common,
        baseUrl: server.url,
        auth: async () => ({ accessToken: person.token }),
        fetch: globalThis.fetch,
      })
    : createImapSource({
        ...common,
        server: { host: "127.0.0.1", port: server.imapPort, security: "none" },
        auth: async () => ({ user: person.address, pass: person.password }),
        dialer: createDialer({ allowPrivateHosts: true }),
      });
};

const popSource = ({ address, password }: GraphPerson): MailSource =>
  createPop3Source({
    ...common,
    server: { host: "127.0.0.1", port: server.popPort, security: "none" },
    auth: async () => ({ user: address, pass: password }),
    dialer: createDialer({ allowPrivateHosts: true }),
  });

/** Brings the Inbox in step by this transport. */
async function read(rig: SyncRig, source: MailSource): Promise<void> {
  const { transport } = source;
  const ctx = { ...rig.ctx, transport };
  await updateMailbox(ctx.tenant, ctx.mailboxId, { transport });
  await syncFolderList(ctx, source, { chosen: false, newFolders: true });
  await database.pool.query(
    "UPDATE folders SET selected = (role IS NOT NULL AND role IN ('inbox', 'archive')) WHERE workspace_id = $1",
    [ctx.tenant.workspaceId],
  );
  await rig.backfill({ ctx, source });
}

function depsOf(source: MailSource): FetchDeps & { asked: (string | null)[] } {
  const asked: (string | null)[] = [];
  return {
    asked,
    blobs,
    fetchPart: (place, part) => {
      asked.push(part);
      return source.fetchPart(place.folderPath, place.epochKey, place.key, part);
    },
  };
}

test.each([
  ["graph", "imap"],
  ["imap", "graph"],
] as const)("described over %s, fetched over %s", async (first, second) => {
  const person = server.person();
  const { store } = server;
  store.messages.append(store.folders.byRole(person.mailboxId, "inbox").id, {
    raw: Buffer.from(raw),
    flags: [],
    internalDate: Date.UTC(2026, 2, 2, 8, 5, 1),
  });
  const rig = await syncRig(database.pool, parser);
  const [before, after] = [sourceOf(person, first), sourceOf(person, second)];
  try {
    await read(rig, before);
    await read(rig, after);
    const [message] = await rig.messages();
    const deps = depsOf(after);
    const text = async (n: number): Promise<string> =>
      Buffer.from((await readAttachment(rig.ctx.tenant, message!.id, n, deps)).bytes).toString();
    expect(await text(2)).toBe(pages.second);
    expect(await text(1)).toBe(pages.first);
    expect(deps.asked).toEqual([null]); // the whole message once, for both
  } finally {
    await before.close();
    await after.close();
  }
});

test("to POP3 and back: the same messages, what POP3 brought too, and the other folders as they were", async () => {
  const person = server.person();
  const { store } = server;
  const put = (role: "inbox" | "archive", id: string): number =>
    store.messages.append(store.folders.byRole(person.mailboxId, role).id, {
      raw: Buffer.from(mail({ id, subject: `About ${id}` })),
      flags: [],
      internalDate: Date.now() - 60_000,
    });
  put("inbox", "one@x");
  put("archive", "old@x");
  const rig = await syncRig(database.pool, parser);
  const [imap, pop] = [sourceOf(person, "imap"), sourceOf(person, "pop3")];
  const shown = async () =>
    (await rig.messages()).map(({ id, message_id: messageId, gone_at: gone }) => ({ id, messageId, gone }));
  try {
    await read(rig, imap);
    const before = await shown();
    expect(before.map(({ messageId }) => messageId).sort()).toEqual(["<old@x>", "<one@x>"]);
    put("inbox", "two@x");
    await read(rig, pop);
    const over = await shown();
    expect(over).toEqual(expect.arrayContaining(before));
    expect(over.length).toBe(3);
    await read(rig, imap);
    expect(await shown()).toEqual(over);
  } finally {
    await imap.close();
    await pop.close();
  }
});

/** What a worker is refused that is not the server's: its key, its folder of attachments. */
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../src/app/config.ts";
import { openSharedStorage, openStorage } from "../../src/app/storage.ts";
import { storeGrant } from "../../src/store/grants.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

let database: TestDatabase;
let room: string;
/** The server's data directory. */
let dataDir: string;

const config = (env: NodeJS.ProcessEnv) =>
  readConfig({ DATABASE_URL: database.url, HITCHPOST_DATA_DIR: dataDir, ...env });
const openAsWorker = async (env: NodeJS.ProcessEnv = {}): Promise<void> => {
  const storage = await openSharedStorage(config(env), silentLog);
  await storage.close();
};

beforeAll(async () => {
  database = await testDatabase();
  room = await mkdtemp(join(tmpdir(), "hitchpost-shared-"));
  dataDir = join(room, "server");
  await mkdir(dataDir);
  const storage = await openStorage(config({}), silentLog);
  const { tenant, mailboxId } = await seedWorkspace(database.pool);
  await tenant.transaction((tx) =>
    storeGrant(tx, storage.ring, { mailboxId, secret: { kind: "password", password: "secret" } }),
  );
  await storage.close();
});
afterAll(async () => {
  await database.close();
  await rm(room, { recursive: true, force: true });
});

test("the server's own key and folder are taken", async () => {
  await openAsWorker();
});

test("a key that reads no stored sign-in is refused by its setting's name", async () => {
  const other = Buffer.alloc(32, 7).toString("base64");
  await expect(openAsWorker({ HITCHPOST_ENCRYPTION_KEY: other })).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringMatching(/^HITCHPOST_ENCRYPTION_KEY: .*not the server's/),
  });
});

test("another folder of attachments is refused, though the key in it is right", async () => {
  const elsewhere = join(room, "elsewhere");
  await mkdir(elsewhere);
  await cp(join(dataDir, "secret.key"), join(elsewhere, "secret.key"));
  await expect(openAsWorker({ HITCHPOST_DATA_DIR: elsewhere })).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringMatching(/^HITCHPOST_DATA_DIR: .*not the server's folder of attachments/),
  });
});

/** `hitchpost backup` beside the running server, `restore` into a fresh directory: the same conversations, sync goes on. */
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { madeMessage } from "../support/made-messages.ts";
import { apiClient, openDirectory, startProduct, type Product } from "../support/product.ts";

let dovecot: Dovecot;
let first: Product;
let second: Product | undefined;
let directory: string;
let apiKey: string;
const made = 40;
const start = Date.UTC(2026, 9, 1);

beforeAll(async () => {
  dovecot = await startDovecot({ users: { well: "secret" } });
  for (let n = 0; n < made; n++)
    await dovecot.deliver("well", "", madeMessage(n, "well@dovecot.example", start).raw, "S");
  directory = await openDirectory("hitchpost-restore-");
  first = await startProduct();
  apiKey = await first.setup();
  const args = [
    "connect",
    "--method",
    "password",
    "--email",
    "well@dovecot.example",
    "--imap-host",
    "127.0.0.1",
  ];
  const more = [
    "--imap-port",
    String(dovecot.port),
    "--imap-security",
    "none",
    "--username",
    "well",
    "--password-stdin",
  ];
  const { code, stderr } = await first.command(
    [...args, ...more, "--folders", "INBOX", "--wait", "--timeout", "60", "--json"],
    {
      input: "secret",
      apiKey,
    },
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

afterAll(async () => {
  await first?.stop();
  await second?.stop();
  await dovecot?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Conversation {
  id: string;
  subject: string;
  messageCount: number;
  status: string;
}

const conversations = async (product: Product): Promise<Conversation[]> =>
  (await apiClient(product.url, apiKey).all<Conversation>("/v1/conversations?view=all")).map(
    ({ id, subject, messageCount, status }) => ({ id, subject, messageCount, status }),
  );

test("the restored installation has the same conversations and goes on, with nothing twice", async () => {
  const before = await conversations(first);
  const file = join(directory, "backup.tar.gz");
  expect((await first.command(["backup", file])).code).toBe(0);
  const dataDir = join(directory, "data");
  const env = { ...first.env, HITCHPOST_DATA_DIR: dataDir };
  await first.kill9();
  // Into a data directory that holds something already: refused, nothing is overwritten.
  expect((await first.command(["restore", file, "--json"])).code).toBe(1);
  await startRestored(env, file, dataDir);
  expect(await conversations(second!)).toEqual(before);
  const newest = madeMessage(made, "well@dovecot.example", start);
  await dovecot.deliver("well", "", newest.raw);
  await expect
    .poll(async () => (await conversations(second!)).reduce((sum, one) => sum + one.messageCount, 0), {
      timeout: 60_000,
      interval: 500,
    })
    .toBe(made + 1);
});

async function startRestored(env: NodeJS.ProcessEnv, file: string, dataDir: string): Promise<void> {
  const restore = await first.command(["restore", file], { env });
  expect(restore.stderr.replaceAll(/^\{.*\}\n/gm, "")).toBe("");
  expect(restore.code).toBe(0);
  await copyFile(join(first.dataDir, "secret.key"), join(dataDir, "secret.key"));
  second = await startProduct({ dataDir });
}

test("a cut backup is refused with a sentence", async () => {
  const cut = join(directory, "cut.tar.gz");
  await writeFile(cut, Buffer.from("1f8b0800000000000003", "hex"));
  const env = { ...first.env, HITCHPOST_DATA_DIR: join(directory, "empty") };
  const { code, stdout, stderr } = await first.command(["restore", cut, "--json"], { env });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "backup_invalid" } });
  expect(stderr).toContain("hitchpost: ");
  expect(stderr).not.toMatch(/^\s+at /m);
});

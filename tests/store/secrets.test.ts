import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import {
  createAttempt,
  getAttempt,
  locateAttempt,
  openAttempts,
  updateAttempt,
} from "../../src/store/attempts.ts";
import {
  breakGrant,
  readGrant,
  storeGrant,
  withGrantLock,
  type GrantSecret,
} from "../../src/store/grants.ts";
import { addKey, loadKeyRing, parseKeyRing } from "../../src/store/key-file.ts";
import { countUnreadable, rotateSecrets } from "../../src/store/rotate-secrets.ts";
import { openSecret, sealSecret, secretKey, type KeyRing } from "../../src/store/secrets.ts";
import { seedWorkspace, testDatabase, type TestDatabase } from "../support/postgres.ts";

let database: TestDatabase;
let room: string;
beforeAll(async () => {
  database = await testDatabase();
  room = await mkdtemp(join(tmpdir(), "hitchpost-keys-"));
});
afterAll(async () => {
  await database.close();
  await rm(room, { recursive: true });
});

const newRing = (...others: KeyRing["others"]): KeyRing => ({ current: secretKey(randomBytes(32)), others });
const oauth = (refreshToken: string): GrantSecret => ({
  kind: "oauth",
  refreshToken,
  accessToken: null,
  scope: "IMAP",
});
/** As it is read again. */
const read = (refreshToken: string) => ({ ...oauth(refreshToken), channel: "imap", beside: [] });
const place = { workspaceId: "w", column: "grants.secret", rowId: "r" };

describe("sealing", () => {
  test("opens for its place and key only", () => {
    const ring = newRing();
    const sealed = sealSecret(ring, place, "pass·wörd");
    expect(openSecret(ring, place, sealed)).toBe("pass·wörd");
    expect(sealed.secret.includes("pass")).toBe(false);
    expect(openSecret({ current: newRing().current, others: [ring.current] }, place, sealed)).toBe(
      "pass·wörd",
    );
    const elsewhere = [
      { ...place, workspaceId: "x" },
      { ...place, column: "other.secret" },
      { ...place, rowId: "x" },
    ];
    for (const wrong of elsewhere)
      expect(() => openSecret(ring, wrong, sealed)).toThrow("belong to another row");
    expect(() => openSecret(newRing(), place, sealed)).toThrow("not at hand");
    const sameId = { current: { id: ring.current.id, key: randomBytes(32) }, others: [] };
    expect(() => openSecret(sameId, place, sealed)).toThrow("cannot be read");
  });

  test("changed or cut bytes are refused", () => {
    const ring = newRing();
    const sealed = sealSecret(ring, place, "secret");
    for (let at = 0; at < sealed.secret.length; at++) {
      const changed = Buffer.from(sealed.secret);
      changed[at]! ^= 1;
      expect(() => openSecret(ring, place, { ...sealed, secret: changed })).toThrow("cannot be read");
    }
    expect(() => openSecret(ring, place, { ...sealed, secret: sealed.secret.subarray(0, 20) })).toThrow(
      "cut",
    );
    expect(sealSecret(ring, place, "secret").secret.equals(sealed.secret)).toBe(false);
  });
});

describe("the key file", () => {
  test("is made once with mode 0600, by two processes at once too", async () => {
    const file = join(room, "made", "key");
    const rings = await Promise.all([1, 2, 3].map(() => loadKeyRing({ file })));
    expect(new Set(rings.map((ring) => ring.current.id)).size).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await loadKeyRing({ file })).current.id).toBe(rings[0]!.current.id);
  });

  test("the configuration comes first; a bad key is refused by name", async () => {
    const configured = randomBytes(32).toString("base64");
    const ring = await loadKeyRing({ configured, file: join(room, "never") });
    expect(ring.current.key.toString("base64")).toBe(configured);
    await expect(readFile(join(room, "never"))).rejects.toThrow("ENOENT");
    expect(() => parseKeyRing("c2hvcnQ=")).toThrow("HITCHPOST_ENCRYPTION_KEY");
    const empty = join(room, "empty");
    await writeFile(empty, "\n");
    await expect(loadKeyRing({ file: empty })).rejects.toMatchObject({ code: "config_invalid" });
  });

  test("a file that holds no key is told by its name", async () => {
    const file = join(room, "garbage");
    for (const text of ["garbage\n", ""]) {
      await writeFile(file, text);
      await expect(loadKeyRing({ file })).rejects.toMatchObject({
        code: "config_invalid",
        message: expect.stringContaining(file) as string,
      });
    }
  });

  test("an added key is the current one, the older still reads", async () => {
    const file = join(room, "rotated");
    const before = await loadKeyRing({ file });
    const after = await addKey(file);
    expect(after.current.id).not.toBe(before.current.id);
    expect(after.others.map((key) => key.id)).toEqual([before.current.id]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

/** Until that many statements of this database wait for a lock, or `otherwise` is true. */
async function untilWaiting(count: number, otherwise: () => boolean): Promise<void> {
  const waiting =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  while (!otherwise()) {
    const { rows } = await database.pool.query<{ count: number }>(waiting);
    if ((rows[0]?.count ?? 0) >= count) return;
  }
}

describe("grants", () => {
  test("rotation encrypts every secret anew; the old key can go", async () => {
    const { tenant, mailboxId } = await seedWorkspace(database.pool);
    const old = newRing();
    await storeGrant(tenant, old, { mailboxId, secret: oauth("token") });
    const id = newId();
    const base = {
      address: "a@b",
      provider: "outlook",
      method: "oauth",
      flow: "browser" as const,
      step: "consent",
    };
    const expiresAt = new Date(Date.UTC(2100, 0));
    await createAttempt(tenant, old, {
      id,
      ...base,
      linkHash: Buffer.of(1),
      requestedBy: null,
      expiresAt,
      secret: { nonce: "n" },
    });
    const ring = newRing(old.current);
    expect(await rotateSecrets(database.pool, ring)).toBe(2);
    expect(await rotateSecrets(database.pool, ring)).toBe(0);
    const alone: KeyRing = { current: ring.current, others: [] };
    expect((await readGrant(tenant, alone, mailboxId)).secret).toEqual(read("token"));
    expect((await getAttempt(tenant, alone, id)).secret).toEqual({ nonce: "n" });
    expect(await countUnreadable(database.pool, alone)).toBe(0);
    // With another key than those it was made with: told, and left as it is.
    expect(await countUnreadable(database.pool, old)).toBe(1);
    expect(await rotateSecrets(database.pool, newRing(old.current))).toBe(0);
    expect((await readGrant(tenant, alone, mailboxId)).secret).toEqual(read("token"));
    await expect(readGrant(tenant, old, mailboxId)).rejects.toMatchObject({ code: "secret_unreadable" });
    await database.pool.query("DELETE FROM connect_attempts");
  });

  test("of many who refresh at once, one does; a broken mark does not outlive a new grant", async () => {
    const { tenant, mailboxId } = await seedWorkspace(database.pool);
    const ring = newRing();
    expect(await storeGrant(tenant, ring, { mailboxId, secret: oauth("0") })).toBe(1);
    const first = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    let refreshes = 0;
    const refresh = () =>
      withGrantLock(tenant, ring, mailboxId, async (tx, grant) => {
        if (grant.accessExpiresAt) return;
        refreshes++;
        first.resolve();
        await answered.promise; // the identity provider takes its time
        await storeGrant(tx, ring, {
          mailboxId,
          secret: oauth("1"),
          accessExpiresAt: new Date(Date.UTC(2100, 0)),
        });
      });
    const all = [refresh()];
    await first.promise;
    all.push(refresh(), refresh());
    await untilWaiting(2, () => refreshes > 1);
    answered.resolve();
    await Promise.all(all);
    expect(refreshes).toBe(1);
    expect(await breakGrant(tenant, mailboxId, 1, "oauth_grant_invalid")).toBe(false);
    expect(await breakGrant(tenant, mailboxId, 2, "oauth_grant_invalid")).toBe(true);
    expect((await readGrant(tenant, ring, mailboxId)).brokenCode).toBe("oauth_grant_invalid");
    await storeGrant(tenant, ring, { mailboxId, secret: { kind: "password", password: "p" } });
    expect(await readGrant(tenant, ring, mailboxId)).toMatchObject({
      brokenCode: null,
      generation: 3,
      accessExpiresAt: null,
    });
  });
});

test("an attempt is found by its id and its state's hash, changed, and loses its secret", async () => {
  const { tenant, workspaceId } = await seedWorkspace(database.pool);
  const ring = newRing();
  const id = newId();
  const stateHash = randomBytes(32);
  await createAttempt(tenant, ring, {
    id,
    address: "a@b",
    provider: "outlook",
    method: "oauth",
    flow: "device",
    step: "start",
    linkHash: Buffer.of(1),
    requestedBy: "u",
    expiresAt: new Date(Date.UTC(2100, 0)),
    secret: { verifier: "v" },
  });
  await updateAttempt(tenant, ring, id, { stateHash, step: "waiting", checks: [{ step: "account" }] });
  expect(await locateAttempt(database.pool, { id: newId() })).toBeNull();
  const found = await locateAttempt(database.pool, { stateHash });
  expect([found?.tenant.workspaceId, found?.id]).toEqual([workspaceId, id]);
  expect(await openAttempts(tenant, ring)).toHaveLength(1);
  await updateAttempt(tenant, ring, id, { secret: null, finishedAt: new Date(), step: "done" });
  expect(await getAttempt(tenant, ring, id)).toMatchObject({
    secret: null,
    step: "done",
    checks: [{ step: "account" }],
  });
  expect(await openAttempts(tenant, ring)).toEqual([]);
});

import { z } from "zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/core/ids.ts";
import {
  createApiKey,
  findApiKey,
  listApiKeys,
  revokeApiKey,
  touchApiKey,
} from "../../src/store/api-keys.ts";
import { appendEvents, listEvents } from "../../src/store/events.ts";
import { deleteDraft, readDraft, saveDraft } from "../../src/store/drafts.ts";
import {
  closeFindings,
  dueFindings,
  gravestFindings,
  listFindings,
  openFinding,
} from "../../src/store/findings.ts";
import { chooseFolders, countStored, getFolder, listFolders } from "../../src/store/folders.ts";
import { ensureInstallation, readInstallation, writeInstallation } from "../../src/store/installation.ts";
import {
  acceptInvitation,
  createInvitation,
  findInvitation,
  listInvitations,
  removeInvitation,
} from "../../src/store/invitations.ts";
import { listMailboxLog } from "../../src/store/mailbox-log.ts";
import {
  createMailbox,
  findMailboxByAddress,
  getMailbox,
  reviveMailbox,
  setMailboxState,
  updateMailbox,
} from "../../src/store/mailboxes.ts";
import {
  addMember,
  createWorkspace,
  isFresh,
  listMembers,
  membershipsOf,
  removeMember,
  renameWorkspace,
  updateMember,
} from "../../src/store/people.ts";
import { removeMailbox } from "../../src/store/remove-mailbox.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
import { seedWorkspace, testDatabase, type SeededWorkspace, type TestDatabase } from "../support/postgres.ts";

let database: TestDatabase;
let seeded: SeededWorkspace;
let tenant: TenantDb;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  seeded = await seedWorkspace(database.pool);
  tenant = seeded.tenant;
});

const addUser = async (): Promise<string> => {
  const id = newId();
  await database.pool.query("INSERT INTO users (id, name, email) VALUES ($1, 'Ann', $1 || '@example.com')", [
    id,
  ]);
  return id;
};

describe("people", () => {
  test("a workspace keeps an owner, even when two leave at the same moment", async () => {
    const [a, b] = [await addUser(), await addUser()];
    const workspaceId = await createWorkspace(database.pool, { name: "W", ownerId: a });
    const workspace = tenantDb(database.pool, workspaceId);
    expect(await isFresh(database.pool)).toBe(false);
    await addMember(workspace, { userId: b, role: "owner" });
    await expect(addMember(workspace, { userId: b, role: "agent" })).rejects.toMatchObject({
      code: "conflict",
    });
    const left = await Promise.allSettled([a, b].map((userId) => removeMember(workspace, userId)));
    expect(left.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    const [last] = await listMembers(database.pool, workspace);
    await expect(updateMember(workspace, last!.userId, "agent")).rejects.toMatchObject({ code: "conflict" });
    await expect(updateMember(workspace, newId(), "agent")).rejects.toMatchObject({ code: "not_found" });
    await renameWorkspace(workspace, "New");
    expect(await membershipsOf(database.pool, last!.userId)).toEqual([
      { workspaceId, name: "New", role: "owner" },
    ]);
  });

  test("who may do less from now on keeps no key that may do more", async () => {
    const [a, b] = [await addUser(), await addUser()];
    const workspace = tenantDb(
      database.pool,
      await createWorkspace(database.pool, { name: "W", ownerId: a }),
    );
    await addMember(workspace, { userId: b, role: "admin" });
    for (const [role, createdBy] of [
      ["admin", b],
      ["agent", b],
      ["owner", a],
    ] as const)
      await createApiKey(workspace, { name: `${role} of ${createdBy === a ? "a" : "b"}`, role, createdBy });
    const names = async (): Promise<string[]> =>
      (await listApiKeys(workspace)).map(({ name }) => name).sort();
    await updateMember(workspace, b, "owner");
    expect(await names()).toEqual(["admin of b", "agent of b", "owner of a"]);
    await updateMember(workspace, b, "agent");
    expect(await names()).toEqual(["agent of b", "owner of a"]);
    await removeMember(workspace, b);
    expect(await names()).toEqual(["owner of a"]);
  });

  test("an API key is found by its text only, in its workspace, until it is revoked", async () => {
    const { key, apiKey } = await createApiKey(tenant, { name: "k", role: "agent", createdBy: null });
    expect(key).toMatch(new RegExp(`^hp_${seeded.workspaceId.replaceAll("-", "")}_[\\w-]{43}$`));
    const found = await findApiKey(database.pool, key);
    expect(found).toMatchObject({ id: apiKey.id, workspaceId: seeded.workspaceId, role: "agent" });
    const changed = key.slice(0, -2) + (key.endsWith("AA") ? "BB" : "AA");
    for (const wrong of [changed, "hp_x", "", key.replace("hp_", "hpi_")])
      expect(await findApiKey(database.pool, wrong)).toBeNull();
    await touchApiKey(database.pool, found!, Date.UTC(2026, 0));
    expect((await listApiKeys(tenant))[0]?.lastUsedAt).toEqual(new Date(Date.UTC(2026, 0)));
    const { rows } = await database.pool.query("SELECT * FROM api_keys WHERE id = $1", [apiKey.id]);
    expect(JSON.stringify(rows)).not.toContain(key.slice(-43));
    await revokeApiKey(tenant, apiKey.id);
    expect(await findApiKey(database.pool, key)).toBeNull();
    await expect(revokeApiKey(tenant, apiKey.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("an invitation is used once, replaced by a newer one, and expires", async () => {
    const invite = () => createInvitation(tenant, { email: "B@example.com", role: "agent", invitedBy: "u" });
    const [old, current] = [await invite(), await invite()];
    await expect(findInvitation(database.pool, old.token)).rejects.toMatchObject({ code: "not_found" });
    const found = await findInvitation(database.pool, current.token);
    expect(found).toMatchObject({
      email: "b@example.com",
      workspaceId: seeded.workspaceId,
      workspaceName: "Test",
    });
    const both = await Promise.allSettled([1, 2].map(() => acceptInvitation(tenant, found.id)));
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    const third = await invite();
    await database.pool.query("UPDATE invitations SET expires_at = now() WHERE id = $1", [
      third.invitation.id,
    ]);
    await expect(findInvitation(database.pool, third.token)).rejects.toMatchObject({ code: "not_found" });
    expect(await listInvitations(tenant)).toEqual([]);
    await removeInvitation(tenant, third.invitation.id);
  });
});

describe("mailboxes", () => {
  const outlook = {
    address: "Me@Outlook.com",
    provider: "outlook",
    method: "oauth",
    servers: { imap: { host: "h", port: 993, security: "tls" }, smtp: null },
    principal: "me",
    state: "listing",
    createdBy: null,
  } as const;

  test("an address is connected once, whatever its case, and again after removal", async () => {
    const id = await createMailbox(tenant, { ...outlook, subject: { tid: "t", oid: "o" } });
    await expect(createMailbox(tenant, { ...outlook, address: "me@outlook.COM" })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await findMailboxByAddress(tenant, "ME@outlook.com")).toMatchObject({
      id,
      subject: { tid: "t", oid: "o" },
      servers: outlook.servers,
    });
    await updateMailbox(tenant, id, { readOnly: true, throttledUntil: null });
    await updateMailbox(tenant, id, {});
    expect(await getMailbox(tenant, id)).toMatchObject({ readOnly: true, keepRaw: false });
    await tenant.transaction((tx) => removeMailbox(tx, id, "keep"));
    await expect(getMailbox(tenant, id)).rejects.toMatchObject({ code: "not_found" });
    await expect(updateMailbox(tenant, id, {})).rejects.toMatchObject({ code: "not_found" });
    expect(await createMailbox(tenant, outlook)).not.toBe(id);
  });

  test("one that was removed with its mail kept comes back, unless the account is another", async () => {
    const subject = { tid: "t", oid: "o" };
    const id = await createMailbox(tenant, { ...outlook, subject, filesSent: true });
    const revive = (who: { tid: string; oid: string } | null) =>
      tenant.transaction((tx) => reviveMailbox(tx, { address: "ME@outlook.com", subject: who }));
    expect(await revive(subject)).toBeNull();
    await tenant.transaction((tx) => removeMailbox(tx, id, "keep"));
    expect(await revive({ tid: "t", oid: "another" })).toBeNull();
    expect(await revive(subject)).toBe(id);
    expect(await getMailbox(tenant, id)).toMatchObject({
      address: outlook.address,
      foldersChosenAt: null,
      filesSent: null,
    });
    expect(await revive(subject)).toBeNull();
    await tenant.transaction((tx) => removeMailbox(tx, id, "keep"));
    expect(await revive(null)).toBe(id);
    await tenant.transaction((tx) => removeMailbox(tx, id, "keep"));
    const second = await createMailbox(tenant, { ...outlook, subject: { tid: "t", oid: "another" } });
    expect(await revive(subject)).toBeNull();
    await tenant.transaction((tx) => removeMailbox(tx, second, "erase"));
    expect(await revive(subject)).toBe(id);
  });

  test("a state is logged and told once", async () => {
    const { mailboxId } = seeded;
    const set = (state: "live" | "backing_off", detail = {}) =>
      tenant.transaction((tx) => setMailboxState(tx, mailboxId, state, detail));
    expect(await set("live")).toEqual([]);
    expect(await set("backing_off", { code: "throttled" })).toMatchObject([
      { type: "mailbox.state", payload: { from: "live", state: "backing_off" } },
    ]);
    expect(await set("backing_off", { code: "network_timeout" })).toHaveLength(1);
    expect(await set("backing_off", { code: "network_timeout" })).toEqual([]);
    expect(await set("live")).toHaveLength(1);
    const log = await listMailboxLog(tenant, mailboxId);
    expect(log.map((entry) => entry.code)).toEqual(["state.live", "state.backing_off"]);
    expect(await listMailboxLog(tenant, mailboxId, { before: log[0]!.id })).toHaveLength(1);
  });

  test("erasing takes its mail and its own conversations, and leaves those it shares", async () => {
    const other = await createMailbox(tenant, outlook);
    const conversation = async (...mailboxIds: string[]): Promise<string> => {
      const id = newId();
      await tenant.db
        .insertInto("conversations")
        .values({ workspace_id: seeded.workspaceId, id, status: "open", last_message_at: new Date() })
        .execute();
      await tenant.db
        .insertInto("thread_refs")
        .values({ workspace_id: seeded.workspaceId, ref: id, conversation_id: id })
        .execute();
      for (const mailboxId of mailboxIds) {
        const message = {
          workspace_id: seeded.workspaceId,
          id: newId(),
          mailbox_id: mailboxId,
          conversation_id: id,
          identity: Buffer.of(1),
          received_at: new Date(),
        };
        await tenant.db.insertInto("messages").values(message).execute();
        await tenant.db
          .insertInto("blobs")
          .values({ workspace_id: seeded.workspaceId, hash: message.id, size_bytes: 1, ref_count: 1 })
          .execute();
        await tenant.db
          .insertInto("message_blobs")
          .values({ workspace_id: seeded.workspaceId, message_id: message.id, part: "raw", hash: message.id })
          .execute();
      }
      return id;
    };
    const [own, shared, foreign] = [
      await conversation(seeded.mailboxId),
      await conversation(seeded.mailboxId, other),
      await conversation(other),
    ];
    await attachedReply(own);
    await tenant.transaction((tx) =>
      appendEvents(tx, [
        {
          type: "message.created",
          mailboxId: seeded.mailboxId,
          conversationId: own,
          payload: { subject: "x" },
        },
      ]),
    );
    // Disconnected first, its mail kept; then erased all the same.
    await tenant.transaction((tx) => removeMailbox(tx, seeded.mailboxId, "keep"));
    await expect(
      tenant.transaction((tx) => removeMailbox(tx, seeded.mailboxId, "keep")),
    ).rejects.toMatchObject({ code: "not_found" });
    const removed = await tenant.transaction((tx) => removeMailbox(tx, seeded.mailboxId, "erase"));
    expect(removed.conversationIds).toEqual([shared]);
    expect(await listEvents(tenant, 0, 10)).toEqual([]);
    expect(removed.events).toMatchObject([{ type: "mailbox.removed" }]);
    const ids = async (table: "conversations" | "messages") =>
      (
        await tenant.db
          .selectFrom(table)
          .select("id")
          .where("workspace_id", "=", seeded.workspaceId)
          .execute()
      ).map((row) => row.id);
    expect((await ids("conversations")).sort()).toEqual([shared, foreign].sort());
    expect(await ids("conversations")).not.toContain(own);
    expect(await ids("messages")).toHaveLength(2);
    const free = await tenant.db
      .selectFrom("blobs")
      .select("hash")
      .where("workspace_id", "=", seeded.workspaceId)
      .where("ref_count", "=", 0)
      .execute();
    expect(free).toHaveLength(3); // of two messages and of a reply
  });
});

/** A reply of the mailbox with a file. */
async function attachedReply(conversationId: string): Promise<void> {
  const { workspaceId, mailboxId } = seeded;
  const [upload, hash] = [newId(), newId()];
  await database.pool.query(
    "INSERT INTO blobs (workspace_id, hash, size_bytes, ref_count) VALUES ($1, $2, 1, 1)",
    [workspaceId, hash],
  );
  await database.pool.query(
    "INSERT INTO uploads (workspace_id, id, filename, content_type, size_bytes, hash) VALUES ($1, $2, 'f', 't', 1, $3)",
    [workspaceId, upload, hash],
  );
  await database.pool.query(
    `INSERT INTO outbox (workspace_id, id, mailbox_id, conversation_id, state, message_id, subject, recipients, text, uploads)
     VALUES ($1, $2, $3, $4, 'done', '<x@y>', '', '{}', '', ARRAY[$5::uuid])`,
    [workspaceId, newId(), mailboxId, conversationId, upload],
  );
}

test("folders are chosen by id or path; what holds no mail is refused", async () => {
  const { workspaceId, mailboxId } = seeded;
  const folder = (path: string, more = {}) => ({
    workspace_id: workspaceId,
    id: newId(),
    mailbox_id: mailboxId,
    path,
    name: path,
    delimiter: "/",
    parent_path: null,
    role: null,
    peeked: null,
    problem: null,
    ...more,
  });
  const rows = [
    folder("INBOX"),
    folder("Sent"),
    folder("Calendar", { kind: "other" }),
    folder("Top", { selectable: false }),
  ];
  await tenant.db.insertInto("folders").values(rows).execute();
  const [inbox, sent] = rows;
  expect(await chooseFolders(tenant, mailboxId, ["inbox", sent!.id, "Sent"])).toEqual([inbox!.id, sent!.id]);
  expect(await chooseFolders(tenant, mailboxId, ["Sent"])).toEqual([sent!.id]);
  expect((await listFolders(tenant, mailboxId)).filter((one) => one.selected).map((one) => one.path)).toEqual(
    ["Sent"],
  );
  for (const wrong of ["Calendar", "Top", "Nowhere"]) {
    await expect(chooseFolders(tenant, mailboxId, [wrong])).rejects.toMatchObject({
      code: "invalid_request",
    });
  }
  expect((await getFolder(tenant, sent!.id)).selected).toBe(true);
  expect(await countStored(tenant, mailboxId)).toEqual(new Map());
});

test("a finding is open once a code, brought up to date, closed and opened anew", async () => {
  const { mailboxId } = seeded;
  const open = (code: string, severity: "blocking" | "warning", nextCheckAt: Date | null = null) =>
    openFinding(tenant, { mailboxId, code, severity, evidence: [{ line: code }], nextCheckAt });
  const due = new Date(Date.UTC(2026, 0));
  const first = await open("throttled", "warning");
  expect(first.events).toMatchObject([{ type: "finding.opened", payload: { code: "throttled" } }]);
  const again = await open("throttled", "warning", due);
  expect([again.events, again.finding.id, again.finding.nextCheckAt]).toEqual([[], first.finding.id, due]);
  await open("imap_disabled", "blocking");
  expect((await gravestFindings(tenant)).get(mailboxId)?.code).toBe("imap_disabled");
  expect((await dueFindings(tenant, due)).map((finding) => finding.code)).toEqual(["throttled"]);
  expect(await closeFindings(tenant, mailboxId, ["throttled"])).toMatchObject([{ type: "finding.closed" }]);
  expect(await closeFindings(tenant, mailboxId, ["throttled"])).toEqual([]);
  expect((await open("throttled", "warning")).finding.id).not.toBe(first.finding.id);
  expect(await closeFindings(tenant, mailboxId)).toHaveLength(2);
  expect(await listFindings(tenant, mailboxId)).toHaveLength(3);
});

test("drafts are kept a person and conversation", async () => {
  const id = newId();
  await tenant.db
    .insertInto("conversations")
    .values({ workspace_id: seeded.workspaceId, id, status: "open", last_message_at: new Date() })
    .execute();
  await saveDraft(tenant, id, "a", { html: "1" });
  await saveDraft(tenant, id, "a", { html: "2" });
  expect((await readDraft(tenant, id, "a"))?.content).toEqual({ html: "2" });
  expect(await readDraft(tenant, id, "b")).toBeNull();
  await deleteDraft(tenant, id, "a");
  expect(await readDraft(tenant, id, "a")).toBeNull();
});

test("facts of the installation: the first to ensure one wins", async () => {
  const made = await Promise.all(
    [1, 2, 3].map((n) => ensureInstallation(database.pool, "secret", z.number(), n)),
  );
  expect(new Set(made).size).toBe(1);
  await writeInstallation(database.pool, "secret", { a: 1 });
  expect(await readInstallation(database.pool, "secret", z.object({ a: z.number() }))).toEqual({ a: 1 });
  expect(await readInstallation(database.pool, "none", z.number())).toBeNull();
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { mail, startTestGraph } from "./test-graph.ts";
import type { Json, TestGraph } from "./test-graph.ts";

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(async () => graph.stop());

const archive = "/me/mailFolders/archive/messages/delta";
const code = (json: Json): unknown => (json["error"] as Json | undefined)?.["code"];
const values = (json: Json): Json[] => json["value"] as Json[];

/** All pages of a round, and the link for the next. */
async function round(start: string, size = 50): Promise<{ entries: Json[]; next: string; pages: number[] }> {
  const entries: Json[] = [];
  const pages: number[] = [];
  for (let link = start; ;) {
    const { status, json } = await graph.ask(link, { headers: { prefer: `odata.maxpagesize=${size}` } });
    expect([status, code(json)]).toEqual([200, undefined]);
    entries.push(...values(json));
    pages.push(values(json).length);
    const next = json["@odata.deltaLink"];
    if (typeof next === "string") return { entries, next, pages };
    link = String(json["@odata.nextLink"]);
  }
}

test("the first round comes newest first, in pages of the wanted size, and later ones tell what changed", async () => {
  const ids = [1, 2, 3, 4, 5].map((number) => {
    graph.clock.now += 60_000;
    return graph.put(mail(`a${number}`), "archive");
  });
  const first = await round(`${archive}?$select=subject,isRead`, 2);
  expect(first.entries.map((one) => one["subject"])).toEqual(["a5", "a4", "a3", "a2", "a1"]);
  expect(Math.max(...first.pages)).toBe(2);
  expect(first.entries[0]).not.toHaveProperty("from");
  const item = graph.store.items.find(ids[2] ?? 0)!;
  graph.store.messages.setFlags(item.folderId, item.uid, ["\\Seen"]);
  graph.store.messages.expunge(item.folderId, item.uid - 1);
  const second = await round(first.next);
  expect(second.entries).toEqual([
    {
      "@odata.type": "#microsoft.graph.message",
      "@odata.etag": expect.any(String) as string,
      id: first.entries[2]?.["id"],
      isRead: true,
    },
    {
      "@odata.type": "#microsoft.graph.message",
      id: first.entries[3]?.["id"],
      "@removed": { reason: "deleted" },
    },
  ]);
  expect((await round(second.next)).entries).toEqual([]);
  expect((await round(first.next)).entries).toHaveLength(2);
});

test("only changes of one kind, only mail from a day on, only what comes from now on", async () => {
  const cut = new Date(graph.clock.now).toISOString();
  graph.clock.now += 60_000;
  graph.put(mail("new"), "archive");
  const filtered = await round(`${archive}?$filter=receivedDateTime gt ${cut}&$select=subject`);
  expect(filtered.entries.map((one) => one["subject"])).toEqual(["new"]);
  const created = await round(`${archive}?changeType=created`);
  const latest = await round(`${archive}?$deltatoken=latest&$select=subject`);
  expect(latest.entries).toEqual([]);
  const [known] = await graph.all("/me/mailFolders/archive/messages?$top=1");
  await graph.ask(`/me/messages/${String(known?.["id"])}`, {
    method: "PATCH",
    body: { categories: ["Red"] },
  });
  graph.put(mail("newer"), "archive");
  expect((await round(created.next)).entries.map((one) => one["subject"])).toEqual(["newer"]);
  expect((await round(latest.next)).entries).toHaveLength(2);
});

test("who left and is back under another id: the old one is removed; an id that lasts is told once", async () => {
  const { store } = graph;
  const path = "/me/mailFolders/drafts/messages/delta?$select=subject";
  const lasting = { headers: { prefer: 'IdType="ImmutableId"' } };
  const item = store.items.find(graph.put(mail("back"), "drafts"))!;
  const first = await round(path);
  const firstLasting = await graph.ask(path, lasting);
  const archived = store.folders.byRole(graph.mailboxId, "archive").id;
  store.messages.move(item.folderId, item.uid, archived);
  store.messages.move(archived, store.items.find(item.id)!.uid, item.folderId);
  const { entries } = await round(first.next);
  expect(entries).toEqual([
    expect.objectContaining({ id: first.entries[0]?.["id"], "@removed": { reason: "deleted" } }),
    expect.objectContaining({ subject: "back" }),
  ]);
  expect(entries[1]?.["id"]).not.toBe(entries[0]?.["id"]);
  expect((await round(path)).entries).toEqual([entries[1]]);
  const link = firstLasting.json["@odata.nextLink"] ?? firstLasting.json["@odata.deltaLink"];
  const told = values((await graph.ask(String(link), lasting)).json);
  expect(told.map(({ id, subject }) => [id, subject])).toEqual([
    [values(firstLasting.json)[0]?.["id"], "back"],
  ]);
});

test.each(["$filter=isRead eq false", "$orderby=subject", '$search="x"'])("%s is refused", async (option) => {
  const refused = await graph.ask(`${archive}?${option}`);
  expect([refused.status, code(refused.json)]).toEqual([400, "ErrorInvalidUrlQuery"]);
});

test("a filtered round ends silently after 5,000 messages", { timeout: 30_000 }, async () => {
  const { store, mailboxId } = graph;
  const junk = store.folders.byRole(mailboxId, "junk").id;
  store.transaction(() => {
    for (let count = 0; count < 5003; count++) {
      store.messages.append(junk, {
        raw: Buffer.from("Subject: x\r\n\r\n"),
        flags: [],
        internalDate: graph.clock.now,
      });
    }
  });
  const path = "/me/mailFolders/junkemail/messages/delta?$select=id";
  expect((await round(`${path}&$filter=receivedDateTime ge 2020-01-01`, 512)).entries).toHaveLength(5000);
  const whole = await graph.ask(path, { headers: { prefer: "odata.maxpagesize=9999" } });
  expect(values(whole.json)).toHaveLength(512);
});

test("folders come and go, are renamed and moved, with all below them", async () => {
  const first = await round("/me/mailFolders/delta?$select=displayName,parentFolderId");
  expect(first.entries.map((one) => one["displayName"])).toContain("Inbox");
  const post = (path: string, body: object) => graph.ask(path, { method: "POST", body });
  const made = await post("/me/mailFolders", { displayName: "Customers" });
  expect(made.status).toBe(201);
  expect(code((await post("/me/mailFolders", { displayName: "Customers" })).json)).toBe("ErrorFolderExists");
  const path = `/me/mailFolders/${String(made.json["id"])}`;
  const child = await post(`${path}/childFolders`, { displayName: "Old" });
  expect(child.json["parentFolderId"]).toBe(made.json["id"]);
  const second = await round(first.next);
  expect(second.entries.map((one) => one["displayName"])).toEqual(["Customers", "Old"]);
  await graph.ask(path, { method: "PATCH", body: { displayName: "Clients" } });
  expect(graph.store.list("well@outlook.example")?.map((folder) => folder.name)).toContain("Clients/Old");
  await post(`/me/mailFolders/${String(child.json["id"])}/move`, { destinationId: "msgfolderroot" });
  expect((await graph.all(`${path}/childFolders`)).length).toBe(0);
  expect((await graph.ask(path, { method: "DELETE" })).status).toBe(204);
  const third = await round(second.next);
  expect(third.entries).toContainEqual({
    "@odata.type": "#microsoft.graph.mailFolder",
    id: made.json["id"],
    "@removed": { reason: "deleted" },
  });
  expect((await graph.ask("/me/mailFolders/inbox", { method: "DELETE" })).status).toBe(403);
});

test("deleting goes by way of Deleted Items; flags and categories are kept as they were set", async () => {
  graph.put(mail("state"));
  const [found] = await graph.all("/me/messages?$filter=subject eq 'state'", {
    prefer: 'IdType="ImmutableId"',
  });
  const path = `/me/messages/${String(found?.["id"])}`;
  const patch = (body: object) => graph.ask(path, { method: "PATCH", body });
  const flagged = await patch({ flag: { flagStatus: "flagged" }, isRead: true, categories: ["Blue"] });
  expect(flagged.json).toMatchObject({ flag: { flagStatus: "flagged" }, isRead: true, categories: ["Blue"] });
  expect((await patch({ flag: { flagStatus: "complete" } })).json["flag"]).toMatchObject({
    flagStatus: "complete",
  });
  expect((await patch({ isRead: "yes" })).status).toBe(400);
  expect((await patch({ subject: "no draft" })).status).toBe(400);
  const copied = await graph.ask(`${path}/copy`, { method: "POST", body: { destinationId: "archive" } });
  expect(copied.json).toMatchObject({ subject: "state", categories: ["Blue"] });
  await graph.ask(path, { method: "DELETE" });
  const trash = await graph.ask("/me/mailFolders/deleteditems");
  expect((await graph.ask(path)).json["parentFolderId"]).toBe(trash.json["id"]);
  await graph.ask(path, { method: "DELETE" });
  expect(code((await graph.ask(path)).json)).toBe("ErrorItemNotFound");
  expect((await graph.ask("/me/messages", { method: "PUT" })).status).toBe(405);
});

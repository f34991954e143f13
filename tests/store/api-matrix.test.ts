/** Who may call what: every operation × credentials × role × workspace, made from the operations themselves. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageToken } from "../../src/api/messages/image-token.ts";
import type { Operation, Role } from "../../src/api/operation.ts";
import { allOperations } from "../../src/api/operations.ts";
import { createApiKey, revokeApiKey } from "../../src/store/api-keys.ts";
import { startApi, type Answer, type ApiRig, type CallOptions, type Team } from "../support/api.ts";
import { seed, type Seed } from "./api-seed.ts";

let rig: ApiRig;
let a: Team;
let b: Team;
let inA: Seed;
let inB: Seed;
beforeAll(async () => {
  rig = await startApi({ deps: { rightsCheckMs: 500 } });
  a = await rig.workspace("Amsel");
  b = await rig.workspace("Biber");
  inA = await seed(rig, a, "amsel");
  inB = await seed(rig, b, "biber");
});
afterAll(() => rig.close());

const guarded = allOperations.filter((operation) => operation.access !== "public");
const nameOf = ({ method, url }: Operation): string => `${method} ${url}`;
const each = guarded.map((operation) => [nameOf(operation), operation] as const);

/** What stands for the parameters of a path. */
function pathOf({ url }: Operation, ids: Seed): string {
  const thing = url.split("/")[2] ?? "";
  const id: Record<string, string> = {
    mailboxes: ids.mailbox,
    conversations: ids.conversation,
    messages: ids.message,
    outbox: ids.outbox,
    invitations: ids.invitation,
    "api-keys": ids.apiKey,
    attempts: ids.attempt,
    apps: ids.app,
  };
  const token = imageToken(rig.deps.imageKey, ids.message, "https://tracker.example/x.gif") ?? "";
  return url
    .replace(":userId", ids.member)
    .replace(":token", token)
    .replace(":n", "1")
    .replace(":id", id[thing] ?? "no-such-thing");
}

const server = { host: "imap.new.example", port: 993, security: "tls" };
const draft = { html: "x", to: [], cc: [], bcc: [], uploads: [], all: false };

/** A body (or what else it takes) that each operation accepts. */
const bodies = (ids: Seed): Record<string, unknown> => ({
  createApp: { name: "Post", clientId: "b7c1a4de-0000-4000-8000-000000000002" },
  updateApp: { name: "Posts" },
  createPasswordMailbox: { address: "new@new.example", imap: server, username: "new", password: "secret" },
  lookUpSettings: { address: "new@new.example" },
  authorizeMailbox: { address: "new@outlook.com" },
  decideAttempt: { what: "alias" },
  updateConversation: { read: true },
  createReply: { text: "Thank you." },
  saveDraft: draft,
  updateMailbox: { displayName: "x" },
  changeTransport: { transport: "imap" },
  startConnectLink: {},
  chooseFolders: { selected: [ids.folder] },
  estimateFolders: { folders: [ids.folder], history: "all" },
  updateMessage: { flagged: true },
  moveMessage: { folderId: ids.archive },
  trustSender: { address: "friend@example.org" },
  createUpload: new Uint8Array([1, 2, 3]),
  resolveReply: { as: "sent" },
  updateMe: { name: "Somebody" },
  diagnoseAddress: { address: "new@new.example" },
  explainError: { text: "AADSTS50173: revoked" },
  updateWorkspace: { name: "Another" },
  updateMember: { role: "admin" },
  createInvitation: { email: "third@example.org" },
  createApiKey: { name: "third" },
});

function request(operation: Operation, ids: Seed): [string, CallOptions] {
  const body = bodies(ids)[operation.schema.operationId];
  const query = operation.schema.operationId === "createUpload" ? "?filename=x.txt" : "";
  const headers: Record<string, string> =
    body instanceof Uint8Array
      ? { "content-type": "application/octet-stream" }
      : operation.schema.operationId === "createReply"
        ? { "idempotency-key": "matrix" }
        : {};
  const options: CallOptions = { method: operation.method, headers };
  if (body !== undefined) options.body = body;
  return [`${pathOf(operation, ids)}${query}`, options];
}

/** Calls an operation; of the stream of events only the head is read. */
async function call(operation: Operation, ids: Seed, more: CallOptions): Promise<Answer> {
  const [path, given] = request(operation, ids);
  const options = { ...given, ...more, headers: { ...given.headers, ...more.headers } };
  if (operation.schema.operationId !== "streamEvents") return rig.call(path, options);
  const response = await fetch(`${rig.url}${path}`, {
    headers: {
      ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
      ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
      ...options.headers,
    },
  });
  const ended = response.headers.get("content-type")?.includes("json") === true;
  const text = ended ? await response.text() : "";
  if (!ended) await response.body?.cancel();
  const json = (ended ? JSON.parse(text) : null) as Answer["json"];
  return { status: response.status, headers: response.headers, text, json };
}

const roles: Role[] = ["agent", "admin", "owner"];
const mayNot = (operation: Operation): Role[] => roles.slice(0, roles.indexOf(operation.access as Role));

test("every operation that takes a body has one here", () => {
  const taking = guarded
    .filter(({ schema }) => schema.body !== undefined)
    .map((one) => one.schema.operationId);
  expect(taking.filter((id) => !(id in bodies(inA)))).toEqual([]);
  expect(guarded.length).toBeGreaterThan(35);
});

describe("without credentials", () => {
  test.each(each)("%s", async (_name, operation) => {
    const answer = await call(operation, inA, {});
    expect(answer.status).toBe(401);
    expect(answer.json["code"]).toBe("unauthenticated");
  });

  test.each(each)("%s with a revoked key", async (_name, operation) => {
    const { key, apiKey } = await createApiKey(a.tenant, { name: "gone", role: "owner", createdBy: null });
    await revokeApiKey(a.tenant, apiKey.id);
    expect((await call(operation, inA, { key })).status).toBe(401);
  });
});

describe("with too low a role", () => {
  test.each(each.filter(([, operation]) => mayNot(operation).length > 0))("%s", async (_name, operation) => {
    for (const role of mayNot(operation)) {
      const answer = await call(operation, inA, { key: a.keys[role] });
      expect([role, answer.status, answer.json["code"]]).toEqual([role, 403, "forbidden"]);
    }
  });
});

describe("a session that asks from elsewhere", () => {
  const changing = each.filter(([, operation]) => operation.method !== "GET");
  test.each(changing)("%s", async (_name, operation) => {
    for (const origin of [null, "https://evil.example", "null", `${rig.url}.evil.example`]) {
      const answer = await call(operation, inA, { cookie: a.cookie, origin });
      expect([origin, answer.status]).toEqual([origin, 403]);
    }
  });
});

/** Every row of a workspace, so that a change shows. */
async function rowsOf(workspaceId: string): Promise<string> {
  const { rows: tables } = await rig.database.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE column_name = 'workspace_id' AND table_schema = 'public' ORDER BY 1`,
  );
  expect(tables.length).toBeGreaterThan(20);
  const all = [];
  for (const { name } of tables) {
    // The time of use of a key is kept beside the answer.
    const { rows } = await rig.database.pool.query(
      `SELECT to_jsonb(t) - 'last_used_at' AS row FROM ${name} t WHERE workspace_id = $1 ORDER BY 1`,
      [workspaceId],
    );
    all.push([name, rows]);
  }
  return JSON.stringify(all);
}

describe("from another workspace", () => {
  const named = each.filter(([, { url }]) => url.includes(":"));
  const who: [string, () => CallOptions][] = [
    ["an owner's key", () => ({ key: b.keys.owner })],
    ["an owner's session", () => ({ cookie: b.cookie })],
  ];

  test.each(named)("%s: it is not there", async (_name, operation) => {
    const before = await rowsOf(a.workspaceId);
    for (const [what, credentials] of who) {
      const answer = await call(operation, inA, credentials());
      const isKeysOwn = operation.url.endsWith("/draft") && credentials().key !== undefined;
      expect([what, answer.status]).toEqual([what, isKeysOwn ? 403 : 404]);
      expect(answer.text).not.toContain("amsel");
    }
    expect(await rowsOf(a.workspaceId)).toBe(before);
  });

  test.each(each.filter(([, { url, method }]) => !url.includes(":") && method === "GET"))(
    "%s shows nothing of it",
    async (_name, operation) => {
      for (const [, credentials] of who) {
        const answer = await call(operation, inA, credentials());
        expect(answer.status).toBe(200);
        expect(answer.text.toLowerCase()).not.toContain("amsel");
        for (const id of Object.values(inA)) expect(answer.text).not.toContain(id);
      }
    },
  );

  test("its things cannot be named in a body or a query", async () => {
    const before = await rowsOf(a.workspaceId);
    const key = b.keys.owner;
    const post = (path: string, body: unknown, method = "POST"): Promise<Answer> =>
      rig.call(path, { method, key, body, headers: { "idempotency-key": "foreign" } });
    const reconnect = { address: "support@amsel.example", mailboxId: inA.mailbox };
    const answers = {
      reconnect: await post("/v1/mailboxes", { ...reconnect, imap: server, username: "x", password: "y" }),
      authorize: await post("/v1/mailboxes/authorize", reconnect),
      move: await post(`/v1/messages/${inB.message}/move`, { folderId: inA.archive }),
      upload: await post(`/v1/conversations/${inB.conversation}/replies`, {
        text: "x",
        uploads: [inA.upload],
      }),
      mailbox: await post(`/v1/conversations/${inB.conversation}/replies`, {
        text: "x",
        mailboxId: inA.mailbox,
      }),
      message: await post(`/v1/conversations/${inB.conversation}/replies`, {
        text: "x",
        messageId: inA.message,
      }),
      assign: await post(`/v1/conversations/${inB.conversation}`, { assignee: inA.member }, "PATCH"),
    };
    for (const [what, { status, text }] of Object.entries(answers)) {
      expect([what, [400, 404].includes(status)]).toEqual([what, true]);
      expect(text).not.toContain("Amsel");
    }
    const folders = await post(`/v1/mailboxes/${inB.mailbox}/folders`, { selected: [inA.folder] }, "PUT");
    expect([folders.status, folders.json["code"]]).toEqual([400, "invalid_request"]);
    const counted = await post(`/v1/mailboxes/${inB.mailbox}/estimate`, {
      folders: [inA.folder],
      history: "all",
    });
    expect(counted.json["messages"]).toBe(0);
    const listed = await rig.call(`/v1/conversations?view=all&mailbox=${inA.mailbox}`, { key });
    expect(listed.json.items).toEqual([]);
    expect(await rowsOf(a.workspaceId)).toBe(before);
  });

  test("naming it in a header does not help a session", async () => {
    const headers = { "hitchpost-workspace": a.workspaceId };
    expect((await rig.call("/v1/mailboxes", { cookie: b.cookie, headers })).status).toBe(403);
    const cookie = `${b.cookie}; hitchpost_workspace=${a.workspaceId}`;
    const { json } = await rig.call("/v1/mailboxes", { cookie });
    expect(json.items?.map((one) => one["id"])).toEqual([inB.mailbox]);
  });

  test("one's own key shows one's own things: so the answers above mean what they seem to", async () => {
    const { json } = await rig.call("/v1/mailboxes", { key: a.keys.agent });
    expect(json.items?.map((one) => one["id"])).toEqual([inA.mailbox]);
  });
});

/** Last, since it changes and deletes what was seeded. */
describe("the owner's session", () => {
  const late = [
    "removeMailbox",
    "removeApp",
    "removeMember",
    "dismissAttempt",
    "deleteMessage",
    "discardDraft",
  ];
  const inOrder = each.toSorted(
    ([, one], [, other]) => late.indexOf(other.schema.operationId) - late.indexOf(one.schema.operationId),
  );
  const early = inOrder.filter(([, { schema }]) => !late.includes(schema.operationId));
  const last = inOrder.filter(([, { schema }]) => late.includes(schema.operationId));
  // What the seed is not in the state for: each a conflict or a sentence, none a failure.
  const otherwise: Record<string, number> = {
    verifyAttempt: 409,
    decideAttempt: 403,
    retryReply: 409,
    resolveReply: 409,
  };

  test.each([...early, ...last])("%s answers", async (_name, operation) => {
    const answer = await call(operation, inA, { cookie: a.cookie });
    const { operationId, response } = operation.schema;
    const good = Object.keys(response).filter((code) => code.startsWith("2"));
    expect(
      otherwise[operationId] === undefined ? good : [String(otherwise[operationId])],
      answer.text,
    ).toContain(String(answer.status));
  });
});

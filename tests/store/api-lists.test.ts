/** What every list of the API keeps to (`limit`, `cursor`, `{ items, nextCursor }`), and what the document says of the rest. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type Answer, type ApiRig, type Team } from "../support/api.ts";
import { seed, type Seed } from "./api-seed.ts";

let rig: ApiRig;
let team: Team;
let ids: Seed;
beforeAll(async () => {
  rig = await startApi();
  team = await rig.workspace("Marlow");
  ids = await seed(rig, team, "marlow");
});
afterAll(() => rig.close());

const get = (path: string): Promise<Answer> => rig.call(path, { key: team.keys.owner });

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        parameters?: { name: string }[];
        requestBody?: { content: object };
        responses: Record<string, { content: object }>;
        security?: object[];
      }
    >
  >;
}

const lists = () => [
  "/v1/mailboxes",
  "/v1/providers",
  "/v1/apps",
  "/v1/attempts",
  "/v1/members",
  "/v1/invitations",
  "/v1/api-keys",
  "/v1/conversations",
  `/v1/conversations/${ids.conversation}/messages`,
  `/v1/mailboxes/${ids.mailbox}/folders`,
  `/v1/mailboxes/${ids.mailbox}/findings`,
  `/v1/mailboxes/${ids.mailbox}/log`,
];

test("every one has a limit up to 500 and a cursor, and the document says so", async () => {
  for (const path of lists()) {
    expect([path, (await get(`${path}?limit=500`)).status]).toEqual([path, 200]);
    for (const query of ["limit=501", "limit=0", "cursor=xyz"]) {
      const { status, json } = await get(`${path}?${query}`);
      expect([path, status, json["field"]]).toEqual([path, 400, query.split("=")[0]]);
    }
  }
  const { paths } = (await rig.call("/openapi.json")).json as unknown as Document;
  const listing = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter(({ responses }) => JSON.stringify(responses["200"] ?? {}).match(/List"|MailboxLog"/))
    .filter(({ operationId }) => operationId.startsWith("list"));
  expect(listing).toHaveLength(lists().length);
  for (const { operationId, parameters } of listing) {
    const names = parameters?.map(({ name }) => name) ?? [];
    expect([operationId, names]).toEqual([operationId, expect.arrayContaining(["limit", "cursor"])]);
  }
});

test("pages of a short list follow one another", async () => {
  const whole = (await get("/v1/api-keys")).json.items!;
  expect(whole.length).toBeGreaterThan(2);
  const read: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { json } = await get(`/v1/api-keys?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(json.items!.length).toBeLessThanOrEqual(2);
    read.push(...json.items!.map(({ id }) => id));
    cursor = json["nextCursor"] as string | null;
  }
  expect(read).toEqual(whole.map(({ id }) => id));
});

const typesOf = (part?: { content: object }): string[] => Object.keys(part?.content ?? {});

test("the document names what is no JSON, and what needs no key", async () => {
  const { paths } = (await rig.call("/openapi.json")).json as unknown as Document;
  const { get: raw } = paths["/v1/messages/{id}/raw"]!;
  expect(typesOf(raw!.responses["200"])).toEqual(["message/rfc822"]);
  expect(typesOf(raw!.responses["4XX"])).toEqual(["application/problem+json"]);
  expect(typesOf(paths["/v1/uploads"]!["post"]!.requestBody)).toEqual(["application/octet-stream"]);
  expect(typesOf(paths["/v1/events"]!["get"]!.responses["200"])).toEqual(["text/event-stream"]);
  expect(paths["/v1/setup"]!["post"]!.security).toEqual([]);
  expect(raw!.security).toBeUndefined();
});

test("the reference runs its own script and no other, and talks to nobody else", async () => {
  const { text, headers } = await rig.call("/docs/");
  const policy = headers.get("content-security-policy") ?? "";
  const [, script = ""] = /<script type="text\/javascript">([^]+?)<\/script>/.exec(text) ?? [];
  expect(script).toContain("createApiReference");
  expect(policy).toContain(
    `script-src 'self' 'sha256-${createHash("sha256").update(script).digest("base64")}';`,
  );
  expect(policy).toContain("connect-src 'self';");
  expect(text).not.toMatch(/https?:\/\//);
});

test("a kept file that was lost comes from the server once more", async () => {
  const path = `/v1/messages/${ids.message}/raw`;
  const { text } = await get(path);
  expect(text).toContain("Message-ID: <marlow@example>");
  await rm(join(rig.dataDir, "blobs"), { recursive: true });
  for (let again = 0; again < 2; again++) expect(await get(path)).toMatchObject({ status: 200, text });
});

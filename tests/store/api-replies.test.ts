/** Answering as a developer sees it: what the least request does, what comes back, and what is said of a wrong one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

const call = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
  rig.call(path, { method, key: team.keys.agent, ...(body === undefined ? {} : { body }), headers });
const reply = (body: unknown, headers = {}): Promise<Answer> =>
  call("POST", `/v1/conversations/${ids.conversation}/replies`, body, headers);

describe("a reply", () => {
  test("of a text alone is taken, to whom the question came from, with the question below", async () => {
    const { status, json } = await reply({ text: "It left today." });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      direction: "out",
      conversationId: ids.conversation,
      mailboxId: ids.mailbox,
      hasHtml: false,
      cc: [],
      bcc: [],
      outbox: { state: "queued", problem: null, reason: null, response: null },
    });
    expect(json["subject"]).toMatch(/^Re: /);
    expect(json["to"]).toHaveLength(1);
    expect(json["text"]).toMatch(/^It left today\.\n\nOn .* wrote:\n> /s);
    const list = await call("GET", `/v1/conversations/${ids.conversation}/messages`);
    expect(list.json.items?.map((one) => one["id"])).toContain(json["id"]);
    expect((await call("GET", `/v1/messages/${String(json["id"])}`)).json).toEqual(json);
  });

  test("of HTML alone gets its text, of both keeps both; without the quote on wish", async () => {
    const html = '<p>See <a href="https://shop.example/7">order 7</a></p>';
    const made = await reply({ html, quote: false });
    expect(made.json).toMatchObject({ hasHtml: true, text: "See order 7 [https://shop.example/7]" });
    const both = await reply({ html, text: "In short: yes.", quote: false });
    expect(both.json).toMatchObject({ hasHtml: true, text: "In short: yes." });
    expect((await reply({ html, text: "" })).status).toBe(201);
  });

  test("ends with the mailbox's signature", async () => {
    const settings = `/v1/mailboxes/${ids.mailbox}`;
    const change = (signatureHtml: string) =>
      rig.call(settings, { method: "PATCH", key: team.keys.owner, body: { signatureHtml } });
    await change("<p>The Marlows</p><script>x</script>");
    const { json } = await reply({ html: "<p>Yes.</p>", quote: false });
    expect(json["text"]).toBe("Yes.\n\n-- \nThe Marlows");
    const body = await call("GET", `/v1/messages/${String(json["id"])}/body`);
    expect(body.text).toMatch(/<p>Yes\.<\/p>.*The Marlows/s);
    await change("");
    expect((await reply({ text: "No.", quote: false })).json["text"]).toBe("No.");
  });

  test("carries what was uploaded", async () => {
    const name = encodeURIComponent("报价\u202E/\u2028单.pdf");
    const uploaded = await fetch(`${rig.url}/v1/uploads?filename=${name}&contentType=application/pdf`, {
      method: "POST",
      headers: { authorization: `Bearer ${team.keys.agent}`, "content-type": "application/octet-stream" },
      body: new Uint8Array(7),
    });
    const upload = (await uploaded.json()) as { id: string; filename: string };
    expect([uploaded.status, upload.filename]).toEqual([201, "报价___单.pdf"]);
    const { json } = await reply({ uploads: [upload.id] });
    expect(json["attachments"]).toMatchObject([{ n: 1, filename: "报价___单.pdf", sizeBytes: 7 }]);
    const bytes = await call("GET", `/v1/messages/${String(json["id"])}/attachments/1`);
    expect([bytes.status, bytes.text]).toEqual([200, "\0".repeat(7)]);
  });

  test("under a key is one reply, however often it is asked for", async () => {
    const key = { "idempotency-key": "order-4711" };
    const first = await reply({ text: "Once." }, key);
    const again = await reply({ text: "Once.", close: false }, key); // the same, with a default spelt out
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json["id"]).toBe(first.json["id"]);
    const other = await reply({ text: "Twice." }, key);
    expect([other.status, other.json["code"], other.json["field"]]).toEqual([
      409,
      "conflict",
      "idempotency-key",
    ]);
    await call("POST", `/v1/outbox/${String(first.json["id"])}/cancel`);
    const after = await reply({ text: "Once." }, key);
    expect([after.status, after.json["outbox"]]).toEqual([
      200,
      expect.objectContaining({ state: "cancelled", cancelUntil: null, nextTryAt: null }),
    ]);
  });
});

describe("a wrong one names the field", () => {
  const nobody = "01890000-0000-7000-8000-000000000000";
  test.each<[string, unknown, number, string]>([
    ["nothing written", {}, 400, "text"],
    ["blank HTML", { html: "<p>&nbsp;</p>" }, 400, "html"],
    ["an address that is none", { text: "x", to: ["a@b.example", "no"] }, 400, "to.1"],
    ["an address that cannot be sent to", { text: "x", cc: ["a@b..example"] }, 400, "cc.0"],
    ["a Bcc with a line of its own", { text: "x", bcc: ["a@b.example\r\nSubject: y"] }, 400, "bcc.0"],
    ["nobody", { text: "x", to: [] }, 400, "to"],
    ["a subject of two lines", { text: "x", subject: "a\r\nBcc: x@y.example" }, 400, "subject"],
    ["a subject that fits on no line", { text: "x", subject: "a".repeat(901) }, 400, "subject"],
    ["a file that is not here", { text: "x", uploads: [nobody] }, 404, "uploads"],
    ["a message of another conversation", { text: "x", messageId: nobody }, 404, "messageId"],
    ["a mailbox that is not here", { text: "x", mailboxId: nobody }, 404, "mailboxId"],
    ["a type", { text: 7 }, 400, "text"],
    ["a NUL", { text: "a\0b" }, 400, "text"],
  ])("%s", async (_, body, status, field) => {
    const answer = await reply(body);
    expect([answer.status, answer.json["field"]]).toEqual([status, field]);
    expect(String(answer.json["detail"]).length).toBeGreaterThan(10);
  });

  test("a key that is empty or endless", async () => {
    for (const key of ["", "k".repeat(201)]) {
      const answer = await reply({ text: "x" }, { "idempotency-key": key });
      expect([answer.status, answer.json["field"]]).toEqual([400, "idempotency-key"]);
    }
  });
});

/** A reply leaves once though the program is killed in the middle of it, wherever that is. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCountingSmtp, type CountingSmtp, type Silence } from "../support/counting-smtp.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { madeMessage } from "../support/made-messages.ts";
import { apiClient, startProduct, type Product } from "../support/product.ts";

const patient = { timeout: 30_000, interval: 100 };
/** User → where the server falls silent; nowhere for the last. */
const users: Record<string, Silence | null> = { ann: "login", bob: "body", cat: "answer", dan: null };
const names = Object.keys(users);

let dovecot: Dovecot;
let smtp: CountingSmtp;
let product: Product;
let apiKey: string;
const replies = new Map<string, string>();

interface Reply {
  id: string;
  outbox: { state: string; problem: string | null; nextTryAt: string | null } | null;
}

const api = () => apiClient(product.url, apiKey);
const reply = (user: string) => api().call("GET", `/v1/messages/${replies.get(user)}`) as Promise<Reply>;
const addressOf = (user: string): string => `${user}@dovecot.example`;
const server = (port: number) => ({ host: "127.0.0.1", port, security: "none" });
const counts = () =>
  names.map((name) => `${name} ${smtp.deliveries.filter(({ user }) => user === name).length}`);

beforeAll(async () => {
  // One after the other: what has started is stopped, though another does not start.
  dovecot = await startDovecot({ users: Object.fromEntries(names.map((name) => [name, "secret"])) });
  smtp = await startCountingSmtp();
  product = await startProduct();
  for (const [index, name] of names.entries())
    await dovecot.deliver(name, "", madeMessage(index * 5, addressOf(name), Date.now()).raw);
  apiKey = await product.setup();
  for (const name of names)
    await api().call("POST", "/v1/mailboxes", {
      address: addressOf(name),
      username: name,
      password: "secret",
      imap: server(dovecot.port),
      smtp: server(smtp.port),
      folders: ["INBOX"],
    });
});

afterAll(async () => {
  await product?.stop();
  await Promise.all([smtp?.stop(), dovecot?.stop()]);
});

const conversations = () => api().all<{ id: string; mailboxIds: string[] }>("/v1/conversations?view=all");

async function upload(bytes: number): Promise<string> {
  const response = await fetch(`${product.url}/v1/uploads?filename=clay.bin`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/octet-stream" },
    body: new Uint8Array(bytes),
  });
  return ((await response.json()) as { id: string }).id;
}

async function answerAll(): Promise<void> {
  const mailboxes = await api().all<{ id: string; address: string }>("/v1/mailboxes");
  const large = await upload(20 * 1024 * 1024); // more than the sockets hold between the two
  for (const conversation of await conversations()) {
    const { address } = mailboxes.find(({ id }) => conversation.mailboxIds.includes(id))!;
    const user = address.split("@")[0]!;
    const sent = await api().call("POST", `/v1/conversations/${conversation.id}/replies`, {
      text: `This is ${user}.`,
      uploads: users[user] === "body" ? [large] : [],
    });
    replies.set(user, (sent as Reply).id);
  }
}

test("killed at the sign-in, in the body and after the dot, nothing leaves twice", async () => {
  for (const [user, at] of Object.entries(users)) if (at !== null) smtp.silent.set(user, at);
  await expect.poll(async () => (await conversations()).length, patient).toBe(names.length);
  await answerAll();
  await expect.poll(() => [...smtp.standing].sort(), patient).toEqual(["ann", "bob", "cat"]);
  await expect.poll(async () => (await reply("dan")).outbox?.state, patient).toBe("sent");
  await product.kill9();
  smtp.silent.clear();
  const tried = smtp.attempts.length;
  await product.start();
  for (const user of ["ann", "bob", "cat"])
    await expect
      .poll(async () => (await reply(user)).outbox, patient)
      .toMatchObject({ state: "sending", problem: "send_unclear" });
  expect(await reply("dan")).toMatchObject({ outbox: { state: "sent", problem: null } });
  // Two minutes pass before Sent proves anything: until then, nobody is asked to take anything over again.
  expect([counts(), smtp.attempts.length]).toEqual([["ann 0", "bob 0", "cat 1", "dan 1"], tried]);
});

test("stopped as a service is before the server has it, it leaves after the next start", async () => {
  smtp.silent.set("dan", "login");
  const conversation = (await conversations())[0]!;
  const mailboxes = await api().all<{ id: string; address: string }>("/v1/mailboxes");
  const { id } = (await api().call("POST", `/v1/conversations/${conversation.id}/replies`, {
    text: "And that is all.",
    mailboxId: mailboxes.find(({ address }) => address === addressOf("dan"))!.id,
  })) as Reply;
  replies.set("dan", id);
  await expect.poll(() => smtp.standing.has("dan"), patient).toBe(true);
  const began = performance.now();
  await product.terminate();
  expect(performance.now() - began).toBeLessThan(15_000);
  smtp.silent.clear();
  await product.start();
  await expect.poll(async () => (await reply("dan")).outbox?.state, patient).toBe("sent");
  expect(counts()).toEqual(["ann 0", "bob 0", "cat 1", "dan 2"]);
});

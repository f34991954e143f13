/** The main job in a browser: owner → wizard → wrong account → right account → folders → mail → answer → its answer. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from "vitest";
import {
  accessibilityProblems,
  keepScreen,
  launchBrowser,
  openContext,
  wideLight,
} from "../support/browser.ts";
import { owner, startProduct, type Product } from "../support/product.ts";
import { sandboxAdmin } from "../support/sandbox-admin.ts";

const well = "well@outlook.example";
const other = "other@outlook.example";

let product: Product;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const pageErrors: string[] = [];

beforeAll(async () => {
  product = await startProduct({ env: { HITCHPOST_SEND_DELAY_SECONDS: "1" } });
  browser = await launchBrowser();
  context = await openContext(browser, wideLight, (text) => pageErrors.push(text));
  page = await context.newPage();
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

beforeEach(() => {
  onTestFailed(() => keepScreen(page, "failed"));
});

const button = (name: RegExp | string) => page.getByRole("button", { name });

test("the printed link makes the first owner and leads to the wizard", async () => {
  const link = /http:\/\/localhost:\d+\/setup#\S+/.exec(product.output())?.[0];
  await page.goto(link ?? "");
  await button("Create and connect a mailbox").click();
  await page.getByText("This is needed.").first().waitFor();
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("E-mail address").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(owner.password);
  await page.getByLabel("Name of the workspace").fill(owner.workspace);
  expect(await page.getByRole("alert").count()).toBe(0); // all is mended
  expect(await accessibilityProblems(page)).toEqual([]);
  await button("Create and connect a mailbox").click();
  await page.waitForURL(/\/connect\/new/);
  await page.getByRole("heading", { name: "Which mailbox shall we connect?" }).waitFor();
  expect(page.url()).not.toContain("#"); // the token does not stay in the address
});

test("signed in as another account: the finding names both and the way out", async () => {
  await page.getByLabel("E-mail address").fill(well);
  await keepScreen(page, "wizard-provider");
  expect(await accessibilityProblems(page)).toEqual([]);
  await button("Continue").click();
  await button("Continue to the sign-in").click();
  await page.waitForURL(/\/connect\/[0-9a-f]{32}_/);
  await page.getByText(`${owner.name} of ${owner.workspace} asks`).waitFor();
  await button(/Continue to the sandbox/).click();
  await button(new RegExp(other)).click();
  await button("Accept").click();
  await page.getByText("That was another account").waitFor();
  const finding = await page.locator("main").innerText();
  expect(finding).toContain(well);
  expect(finding).toContain(other);
  await keepScreen(page, "wizard-mismatch");
  expect(await accessibilityProblems(page)).toEqual([]);
});

test("one click leads to the account choice, and the right account to the folders", async () => {
  await button("Sign in again").click();
  await button(/Use another account/).click();
  await button(new RegExp(well)).click();
  await button("Accept").click();
  await page.waitForURL(/step=folders/, { timeout: 20_000 });
  await button("Start importing").waitFor();
  expect(await page.getByRole("checkbox", { checked: true }).count()).toBeGreaterThanOrEqual(2); // Inbox and Sent
  await keepScreen(page, "wizard-folders");
  expect(await accessibilityProblems(page)).toEqual([]);
  await button("Start importing").click();
  await button("Skip").click();
  await page.getByText(`${well} is connected`).waitFor();
  await keepScreen(page, "wizard-done");
});

const row = (text: string) => page.getByRole("main").or(page.locator("body")).getByText(text).first();

test("conversations appear while the import runs", async () => {
  await page.getByRole("link", { name: "Open the inbox" }).or(button("Open the inbox")).first().click();
  await page.waitForURL(/\/inbox\//);
  await page
    .getByRole("listbox", { name: "Conversations" })
    .or(page.getByLabel("Conversations"))
    .first()
    .waitFor();
  await row("An urn").waitFor();
  await keepScreen(page, "inbox-list");
  expect(await accessibilityProblems(page)).toEqual([]);
});

let sentId: string;

test("a new mail of another persona appears without reload in under two seconds", async () => {
  const admin = await sandboxAdmin(product.dataDir);
  await waitUntilLive();
  const before = performance.now();
  sentId = await admin.send({
    from: other,
    to: well,
    subject: "The blue teapot",
    text: "Is the blue teapot still there?",
  });
  await row("The blue teapot").waitFor({ timeout: 10_000 });
  expect(performance.now() - before).toBeLessThan(2_000);
});

async function waitUntilLive(): Promise<void> {
  await expect
    .poll(
      async () => {
        const response = await context.request.get(`${product.url}/v1/mailboxes`);
        const { items } = (await response.json()) as { items: { state: string }[] };
        return items[0]?.state;
      },
      { timeout: 30_000, interval: 250 },
    )
    .toBe("live");
}

test("the answer stands in the other's Inbox, once in Sent under its replaced id, once in the conversation", async () => {
  await row("The blue teapot").click();
  await page.getByText("Is the blue teapot still there?").first().waitFor();
  await keepScreen(page, "thread");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("r");
  const editor = page.getByRole("textbox", { name: /reply|message|write/i }).last();
  await editor.fill("Yes, one is left. Shall I put it aside for you?");
  await keepScreen(page, "composer");
  await page.keyboard.press("Control+Enter");
  const admin = await sandboxAdmin(product.dataDir);
  const found = async (address: string, name: RegExp, subject: string) =>
    (await admin.folders(address))
      .filter((folder) => name.test(folder.name))
      .flatMap((folder) => folder.messages.filter((one) => one.subject === subject));
  await expect
    .poll(async () => (await found(other, /inbox|posteingang/i, "Re: The blue teapot")).length, {
      timeout: 20_000,
    })
    .toBe(1);
  const sent = await found(well, /^sent/i, "Re: The blue teapot");
  expect(sent.length).toBe(1);
  expect(sent[0]?.messageId).toContain("PROD.OUTLOOK.EXAMPLE"); // replaced, as Outlook.com does
  await expect
    .poll(async () => (await conversationMessages("The blue teapot")).map((one) => one.messageId), {
      timeout: 20_000,
    })
    .toEqual([sentId, sent[0]?.messageId]);
});

interface ListedMessage {
  messageId: string;
  conversationId: string;
}

async function conversationMessages(subject: string): Promise<ListedMessage[]> {
  const list = await context.request.get(
    `${product.url}/v1/conversations?view=all&q=${encodeURIComponent(subject)}`,
  );
  const { items } = (await list.json()) as { items: { id: string; subject: string }[] };
  const ids = items.filter((one) => one.subject.includes(subject)).map((one) => one.id);
  expect(ids.length).toBe(1);
  const messages = await context.request.get(`${product.url}/v1/conversations/${ids[0]}/messages`);
  return ((await messages.json()) as { items: ListedMessage[] }).items;
}

test("the other's answer to the replaced id joins the conversation", async () => {
  const admin = await sandboxAdmin(product.dataDir);
  const [, reply] = await conversationMessages("The blue teapot");
  await admin.send({
    from: other,
    to: well,
    subject: "Re: The blue teapot",
    text: "Please do, I come on Saturday.",
    inReplyTo: reply!.messageId,
    references: [sentId, reply!.messageId],
  });
  // Sent with “send and close”: the answer brings the conversation back to Open, whole.
  await row("The blue teapot").waitFor({ timeout: 10_000 });
  await row("The blue teapot").click();
  await page.getByRole("heading", { name: "The blue teapot" }).waitFor();
  await page.getByText("3 messages").first().waitFor();
  expect((await conversationMessages("The blue teapot")).length).toBe(3);
  await keepScreen(page, "thread-answered");
});

test("no page had an error", () => {
  expect(pageErrors).toEqual([]);
});

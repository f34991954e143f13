/** The page in a browser where it is likely to break: narrow and dark, by keyboard alone, with the server away, signed out. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import {
  accessibilityProblems,
  keepScreen,
  launchBrowser,
  openContext,
  signIn,
  wideLight,
  type Look,
} from "../support/browser.ts";
import { apiClient, sandboxFacts, startProduct, type Product } from "../support/product.ts";
import { sandboxAdmin } from "../support/sandbox-admin.ts";
import { eventually } from "../support/eventually.ts";

const address = "password@outlook.example";

let product: Product;
let api: ReturnType<typeof apiClient>;
let browser: Browser;
let signedIn: Awaited<ReturnType<BrowserContext["storageState"]>>;
const pageErrors: string[] = [];

beforeAll(async () => {
  product = await startProduct();
  api = apiClient(product.url, await product.setup());
  await connectMailbox();
  browser = await launchBrowser();
  const context = await openContext(browser, wideLight, (text) => pageErrors.push(text));
  const page = await context.newPage();
  await page.goto(`${product.url}/inbox/open`);
  await signIn(page);
  signedIn = await context.storageState();
  await context.close();
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

const plain = (port: number) => ({ host: "127.0.0.1", port, security: "none" });

/** Tries until it holds; for what is prepared, where `expect.poll` is not to be had. */
const until = (holds: () => Promise<boolean>): Promise<void> =>
  eventually(
    async () => {
      if (!(await holds())) throw new Error("not yet");
    },
    { timeout: 60_000, interval: 250 },
  );

async function connectMailbox(): Promise<void> {
  const { imapPort, smtpPort } = await sandboxFacts(product.dataDir);
  const login = { address, username: address, password: "sandbox" };
  const made = (await api.call("POST", "/v1/mailboxes", {
    ...login,
    imap: plain(imapPort),
    smtp: plain(smtpPort),
  })) as { id: string };
  const path = `/v1/mailboxes/${made.id}`;
  const folders = async () =>
    (await api.call("GET", `${path}/folders`)) as {
      listed: boolean;
      items: { id: string; role: string | null }[];
    };
  await until(async () => (await folders()).listed);
  const inbox = (await folders()).items.filter((folder) => folder.role === "inbox");
  const choice = { selected: inbox.map((folder) => folder.id), history: "all", newFolders: false };
  await api.call("PUT", `${path}/folders`, { ...choice, readOnly: false });
  await until(async () => ((await api.call("GET", path)) as { state: string }).state === "live");
}

/** A page of somebody signed in, at the inbox; a picture of it is kept when the test fails. */
async function openInbox(look: Partial<Look> = {}): Promise<Page> {
  const context = await openContext(browser, { ...wideLight, ...look }, (text) => pageErrors.push(text));
  await context.addCookies(signedIn.cookies);
  const page = await context.newPage();
  onTestFailed(() => keepScreen(page, "page-failed"));
  await page.goto(`${product.url}/inbox/open`);
  await rows(page).first().waitFor();
  return page;
}

const rows = (page: Page) => page.locator("[data-conversation]");
const rowId = (page: Page, index: number) => rows(page).nth(index).getAttribute("data-conversation");
const openId = (page: Page) => new URL(page.url()).pathname.split("/")[3];
const editor = (page: Page) => page.getByRole("textbox", { name: "Your reply" });

async function openRow(page: Page, index: number): Promise<void> {
  await rows(page).nth(index).getByRole("link").click();
  await page.locator("article").last().waitFor();
}

test("scripts and styles go out compressed, the first screen within its 200 KB", async () => {
  const page = await openInbox();
  const sizes = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((entry) => /\.(?:js|css)$/.test(entry.name))
      .map((entry) => {
        const { encodedBodySize, decodedBodySize } = entry as PerformanceResourceTiming;
        return { encodedBodySize, decodedBodySize };
      }),
  );
  const sum = (field: "encodedBodySize" | "decodedBodySize") =>
    sizes.reduce((total, one) => total + one[field], 0);
  expect(sum("decodedBodySize")).toBeGreaterThan(400_000);
  expect(sum("encodedBodySize")).toBeLessThan(sum("decodedBodySize") / 2);
  await page.context().close();
});

const looks: [string, Partial<Look>][] = [
  ["a tablet in the dark", { width: 768, height: 1024, colorScheme: "dark" }],
  [
    "a small phone in the dark, in Chinese",
    { width: 360, height: 640, colorScheme: "dark", locale: "zh-CN" },
  ],
];

test.each(looks)(
  "on %s: nothing runs out of the screen, the subject can be read, WCAG AA",
  async (_, look) => {
    const page = await openInbox(look);
    const isSound = async () => {
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    };
    await isSound();
    await openRow(page, 0);
    const title = await page.locator("header h1").boundingBox();
    expect(title?.width).toBeGreaterThan(120);
    await isSound();
    await page.keyboard.press("h"); // the times to snooze to, in whichever menu they stand at this width
    await page.getByRole("menu").waitFor();
    await isSound();
    await page.keyboard.press("Escape");
    await page.keyboard.press("r");
    await page.locator("[contenteditable=true]").waitFor();
    await isSound();
    await page.keyboard.press("Escape");
    await page.locator("[contenteditable=true]").waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await isSound();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await isSound();
    await page.context().close();
  },
);

test("by keyboard: Tab reaches the list, Enter opens the row that is marked, the way back is a key", async () => {
  const page = await openInbox();
  const focused = () =>
    page.evaluate(() =>
      document.activeElement?.closest("[data-conversation]")?.getAttribute("data-conversation"),
    );
  await page.getByRole("searchbox").focus();
  await page.keyboard.press("Tab");
  expect(await focused()).toBe(await rowId(page, 0));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect.poll(focused).toBe(await rowId(page, 1));
  await page.keyboard.press("Enter");
  await expect.poll(() => openId(page)).toBe(await rowId(page, 1));
  await page.keyboard.press("j");
  await expect.poll(() => openId(page)).toBe(await rowId(page, 2));
  await expect.poll(focused).toBe(await rowId(page, 2));
  await page.keyboard.press("Enter");
  await page.waitForTimeout(200);
  expect(openId(page)).toBe(await rowId(page, 2));
  await page.keyboard.press("Escape");
  await expect.poll(() => openId(page)).toBeUndefined();
  await page.context().close();
});

interface WithFiles {
  id: string;
  attachmentCount: number;
}

/** A message with a picture among its files. */
async function withPicture(): Promise<{ conversationId: string; messageId: string }> {
  const conversations = await api.all<WithFiles>("/v1/conversations?view=all");
  for (const { id } of conversations.filter((one) => one.attachmentCount > 0)) {
    const messages = await api.all<{ id: string; attachments: { contentType: string; inline: boolean }[] }>(
      `/v1/conversations/${id}/messages`,
    );
    const found = messages.find(({ attachments }) =>
      attachments.some(({ contentType, inline }) => contentType === "image/png" && !inline),
    );
    if (found !== undefined) return { conversationId: id, messageId: found.id };
  }
  throw new Error("the sandbox has no mail with a picture");
}

test("a picture among the files opens over the page and gives the focus back", async () => {
  const page = await openInbox();
  const { conversationId, messageId } = await withPicture();
  await page.goto(`${product.url}/inbox/all/${conversationId}`);
  const message = page.locator(`[data-message="${messageId}"]`);
  const file = message.getByRole("button", { name: /\.png/ });
  const head = message.locator("header button").first();
  if ((await head.getAttribute("aria-expanded")) === "false") await head.click();
  await file.click();
  const picture = page.getByRole("dialog").getByRole("img");
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.png$/);
  await page.keyboard.press("Escape");
  await expect.poll(() => file.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.context().close();
});

test("mail that takes the names of the document's parts, or is as high as its window, is shown as it is", async () => {
  const { send } = await sandboxAdmin(product.dataDir);
  const page = await openInbox();
  const mails = {
    "Names of parts": `<p>Shown</p>${["body", "body", "addEventListener"].map((name) => `<img name="${name}">`).join("")}`,
    "As high as its window": '<p style="min-height:100vh">Shown</p>',
  };
  for (const [subject, html] of Object.entries(mails)) {
    await send({ from: "other@outlook.example", to: address, subject, text: "Shown", html });
    await rows(page).filter({ hasText: subject }).getByRole("link").click();
    await page.getByRole("heading", { name: subject }).waitFor();
    const frame = page.locator("article iframe");
    await frame.contentFrame().getByText("Shown").waitFor();
    await page.waitForTimeout(500); // time to grow
    expect((await frame.boundingBox())?.height).toBeLessThan(200);
  }
  await page.context().close();
});

test("mail from right to left is shown from its beginning, a long word in a subject whole", async () => {
  const { send } = await sandboxAdmin(product.dataDir);
  const subject = "استفسار عن أطباق خزفية";
  const html = `<div dir="rtl"><p>مرحبا</p><blockquote>اقتباس</blockquote></div>`;
  const page = await openInbox();
  await send({ from: "other@outlook.example", to: address, subject, text: subject.repeat(9), html });
  const row = rows(page).filter({ hasText: subject });
  for (const text of await row.locator(".truncate").filter({ hasText: subject }).all())
    expect(await text.evaluate((element) => getComputedStyle(element).direction)).toBe("rtl");
  await row.getByRole("link").click();
  const quote = page.locator("article iframe").contentFrame().locator("blockquote");
  expect(await quote.evaluate((element) => getComputedStyle(element).borderRightWidth)).toBe("2px");
  const word = "W".repeat(300);
  await send({ from: "other@outlook.example", to: address, subject: word, text: "Long" });
  await rows(page).filter({ hasText: word }).getByRole("link").click();
  const title = page.getByRole("heading", { name: word });
  await title.waitFor();
  expect(await title.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  await page.context().close();
});

test("what one takes back stands where it was and is no new mail", async () => {
  const page = await openInbox();
  const first = await rowId(page, 0);
  await rows(page).first().hover();
  await openRow(page, 0);
  await page.keyboard.press("e");
  await expect.poll(() => rowId(page, 0)).not.toBe(first);
  await page.keyboard.press("z");
  await expect.poll(() => rowId(page, 0)).toBe(first);
  await page.waitForTimeout(300);
  expect(await page.getByRole("button", { name: /\d new/ }).count()).toBe(0);
  const list = await page.getByTestId("conversation-scroller").boundingBox();
  const row = await rows(page).first().boundingBox();
  expect(row?.y).toBe(list?.y); // in sight, at the top
  await page.context().close();
});

test("a reply that was folded away is said to be begun, and one that was discarded can be had back", async () => {
  const written = "Nobody wants to write this twice.";
  const page = await openInbox();
  await openRow(page, 1);
  await page.keyboard.press("r");
  await page.locator("[contenteditable=true]").waitFor();
  await editor(page).pressSequentially(written);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Go on with your reply" }).click();
  await expect.poll(() => editor(page).innerText()).toContain(written);
  await page.getByRole("button", { name: "Discard the draft" }).click();
  await page.getByRole("button", { name: "Write a reply" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => editor(page).innerText()).toContain(written);
  await page.getByText("Saved", { exact: true }).waitFor(); // on the server, too
  await page.getByRole("button", { name: "Discard the draft" }).click();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await page.getByRole("button", { name: "Write a reply" }).click();
  await page.locator("[contenteditable=true]").waitFor();
  expect(await page.getByRole("button", { name: "Undo" }).count()).toBe(0); // it would write over the new one
  await page.context().close();
});

test("a recipient without a name is shown by the whole address, its label on one line", async () => {
  const page = await openInbox({ width: 360, height: 640, locale: "zh-CN" });
  await openRow(page, 1);
  await page.keyboard.press("r");
  await page.getByTitle("添加抄送或密送").click();
  const label = page.getByText("收件人", { exact: true });
  expect((await label.boundingBox())?.height).toBeLessThan(30);
  await page.getByLabel("密送", { exact: true }).fill("books@accounts.example");
  await page.keyboard.press("Enter");
  await page.getByText("books@accounts.example").waitFor();
  await page.context().close();
});

test("what is written while the server is away outlives going on, a reload and the server", async () => {
  const page = await openInbox();
  const written = "Written while nobody answered.";
  await openRow(page, 1);
  const id = openId(page) ?? "";
  await page.keyboard.press("r");
  await page.locator("[contenteditable=true]").waitFor();
  await product.terminate();
  await editor(page).pressSequentially(written);
  await page.getByText("Not saved").waitFor({ timeout: 30_000 });
  await page.keyboard.press("Control+Enter");
  await page.getByText("The server did not answer.").first().waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await rows(page).nth(2).getByRole("link").click();
  await expect.poll(() => openId(page)).not.toBe(id);
  await product.start();
  const onServer = async () => {
    const answer = await page.context().request.get(`${product.url}/v1/conversations/${id}/draft`);
    return answer.text();
  };
  await expect.poll(onServer, { timeout: 60_000 }).toContain(written);
  await page.goto(`${product.url}/inbox/open/${id}`);
  await expect.poll(() => editor(page).innerText(), { timeout: 15_000 }).toContain(written);
  await page.getByRole("button", { name: "Discard the draft" }).click();
  await page.context().close();
});

test("signed out in the middle of a sentence: said so, and it goes on where it was", async () => {
  const page = await openInbox();
  await openRow(page, 3);
  await page.keyboard.press("r");
  await page.locator("[contenteditable=true]:focus").waitFor();
  await page.keyboard.type("Half a sen");
  await page.context().clearCookies();
  await page.keyboard.type("tence.");
  await page.getByText("You have been signed out.").waitFor({ timeout: 30_000 });
  await signIn(page);
  await expect.poll(() => editor(page).innerText(), { timeout: 15_000 }).toContain("Half a sentence.");
  await page.context().close();
});

test("an error of another program is explained: pasted, unknown, from a file, in Chinese on a phone", async () => {
  const page = await openInbox();
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  const box = page.getByLabel("Error text");
  await box.fill(
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
  );
  const first = page.locator("main details").first();
  await first.getByRole("heading", { name: "Sending by programs is switched off" }).waitFor();
  await first.getByText("Almost certain", { exact: true }).waitFor();
  await first.locator("blockquote", { hasText: "SmtpClientAuthentication is disabled" }).waitFor();
  await keepScreen(page, "explain");
  await box.fill("the frobnicator went sideways");
  await page.getByRole("heading", { name: "This error is not known to us" }).waitFor();
  expect(await page.locator("main section ol li").count()).toBe(3);
  const file = (name: string, buffer: Buffer) =>
    page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/plain", buffer });
  await file("core", Buffer.alloc(1_000_001, "x"));
  await page.getByText("larger than 1 MB").waitFor();
  await file("log.txt", Buffer.from("AADSTS7000222: The provided client secret keys are expired."));
  await page.getByRole("heading", { name: "The client secret has expired" }).waitFor();
  expect(await page.getByText("larger than 1 MB").count()).toBe(0);
  await page.context().close();

  const phone = await openInbox({ width: 390, height: 844, colorScheme: "dark", locale: "zh-CN" });
  await phone.goto(`${product.url}/explain`);
  await phone.getByRole("button", { name: "试试示例" }).click();
  await phone.getByRole("heading", { name: "IMAP" }).first().waitFor();
  expect(await accessibilityProblems(phone)).toEqual([]);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await keepScreen(phone, "explain-phone");
  await phone.context().close();
});

test("no page had an error of its own", () => {
  // With the server away the browser itself complains of every request.
  expect(pageErrors.filter((text) => !/ERR_CONNECTION|ERR_EMPTY_RESPONSE|Failed to load/.test(text))).toEqual(
    [],
  );
});

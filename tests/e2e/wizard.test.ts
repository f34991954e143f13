/** The wizard where it does not go straight: another name of the account, a mailbox that is switched off, one that is not made yet. The wrong account,
 *  and one click to the right one, are in main-job.test.ts. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import {
  accessibilityProblems,
  keepScreen,
  launchBrowser,
  openContext,
  signIn,
  wideLight,
} from "../support/browser.ts";
import { apiClient, startProduct, type Product } from "../support/product.ts";
import { sandboxAdmin } from "../support/sandbox-admin.ts";

let product: Product;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let api: ReturnType<typeof apiClient>;
let admin: Awaited<ReturnType<typeof sandboxAdmin>>;
const pageErrors: string[] = [];

beforeAll(async () => {
  product = await startProduct();
  api = apiClient(product.url, await product.setup());
  admin = await sandboxAdmin(product.dataDir);
  browser = await launchBrowser();
  context = await openContext(browser, wideLight, (text) => pageErrors.push(text));
  page = await context.newPage();
  await page.goto(`${product.url}/connect/new`);
  await signIn(page);
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

const button = (name: string | RegExp) => page.getByRole("button", { name });

/** From the address to the provider's own page. */
async function begin(address: string): Promise<void> {
  onTestFailed(() => keepScreen(page, "wizard-failed"));
  await page.goto(`${product.url}/connect/new`);
  await page.getByLabel("E-mail address").fill(address);
  await button("Continue").click();
  await button("Continue to the sign-in").click();
  await button(/Continue to the sandbox/).click();
}

/** Signs in by address and password, whoever was signed in before. */
async function signInAs(persona: string): Promise<void> {
  await page.waitForURL(/\/sandbox\//);
  const another = button(/Use another account/);
  if (await another.isVisible()) await another.click();
  await page.locator("input[name=address]").fill(persona);
  await page.locator("input[name=password]").fill("sandbox");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await button("Accept").click();
}

const folders = () => page.waitForURL(/step=folders/, { timeout: 20_000 });

test("another name of the account is proved by its mail, and connected under that name", async () => {
  await begin("alias@outlook.example");
  await signInAs("main@outlook.example");
  await page.getByText("That was another account").waitFor();
  await keepScreen(page, "wizard-alias");
  expect(await accessibilityProblems(page)).toEqual([]);
  await button("It is the same mailbox").click();
  await folders();
  const { items } = (await api.call("GET", "/v1/mailboxes")) as { items: object[] };
  expect(items).toMatchObject([
    { address: "alias@outlook.example", account: "main@outlook.example", relation: "alias" },
  ]);
});

test("somebody else's is not: the mail that is sent to it does not arrive, and the right account goes on", async () => {
  await begin("well@outlook.example");
  await signInAs("other@outlook.example");
  await page.getByText("That was another account").waitFor();
  await button("It is the same mailbox").click();
  await page.getByText("so we have just sent one").waitFor();
  await keepScreen(page, "wizard-proving");
  expect(await accessibilityProblems(page)).toEqual([]);
  const { items } = (await api.call("GET", "/v1/mailboxes")) as { items: object[] };
  expect(items).toHaveLength(1);
  // Closing the page loses nothing: the attempt stands where it stood.
  await page.goto(`${product.url}/connect/new`);
  await page.getByText("The mailbox is being checked.").waitFor();
});

test("IMAP switched off: the finding names the switch, and testing again goes on when it is on", async () => {
  await begin("imap-off@outlook.example");
  await signInAs("imap-off@outlook.example");
  await page.getByRole("alert").waitFor({ timeout: 20_000 });
  expect(await page.getByRole("alert").innerText()).toMatch(/Let devices and apps use IMAP/);
  const link = page.getByRole("link", { name: /Open the page/ }).first();
  expect(await link.getAttribute("href")).toBe("https://outlook.live.com/mail/0/options/mail/popImap");
  await keepScreen(page, "wizard-imap-off");
  await admin.call("personas/switch", { address: "imap-off@outlook.example", imap: true });
  await button("Test again").click();
  await folders();
  await button("Start importing").click();
  await page.waitForURL(/step=signature/);
  const id = new URL(page.url()).searchParams.get("mailbox");
  await page.goto(`${product.url}/mailboxes/${id}`);
  await button("Test connection").click();
  await page.getByText("All is well.", { exact: true }).waitFor({ timeout: 20_000 });
});

/** The mailbox of new@ as the API shows it. */
async function fresh() {
  const { items } = (await api.call("GET", "/v1/mailboxes")) as {
    items: { address: string; state: string; finding: { code: string; nextCheckAt: string } | null }[];
  };
  return items.find(({ address }) => address === "new@outlook.example");
}

test("a mailbox that is not made yet: it says so, is kept, and goes live by itself without another sign-in", async () => {
  await begin("new@outlook.example");
  await signInAs("new@outlook.example");
  await page.getByRole("heading", { name: "new@outlook.example will follow by itself" }).waitFor();
  // IMAP alone does not tell it from a mailbox that lets no program in: both are named, and what to do for each.
  const said = await page.getByRole("alert").innerText();
  expect(said).toMatch(/IMAP is off, or it is new/);
  expect(said).toMatch(/Let devices and apps use IMAP[^]*send a mail to yourself/);
  await button("Use Graph").waitFor();
  await keepScreen(page, "wizard-kept");
  expect(await accessibilityProblems(page)).toEqual([]);
  const minutes = (Date.parse((await fresh())?.finding?.nextCheckAt ?? "") - Date.now()) / 60_000;
  expect(Math.round(minutes)).toBe(30);
  await page.getByText(/We look again/).waitFor();
  await admin.call("personas/switch", { address: "new@outlook.example", ready: true });
  // In place of the half hour (tests/protocol/connect-kept.test.ts moves the clock).
  await button("Test again").click();
  await page.waitForURL(/step=folders/);
  await expect.poll(async () => (await fresh())?.state, { timeout: 30_000 }).toBe("live");
  expect((await fresh())?.finding).toBeNull();
});

test("no page had an error of its own", () => {
  expect(pageErrors).toEqual([]);
});

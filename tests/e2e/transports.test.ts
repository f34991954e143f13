/** IMAP switched off: the offered way through Graph is one click; later IMAP is on, and the mailbox changes to it without loss. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from "vitest";
import {
  accessibilityProblems,
  keepScreen,
  launchBrowser,
  openContext,
  signIn,
  wideLight,
} from "../support/browser.ts";
import { apiClient, sandboxFacts, startProduct, type Product } from "../support/product.ts";
import { eventually } from "../support/eventually.ts";

const address = "imap-off@outlook.example";

let product: Product;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let api: ReturnType<typeof apiClient>;
const pageErrors: string[] = [];

beforeAll(async () => {
  product = await startProduct({ env: { HITCHPOST_SEND_DELAY_SECONDS: "1" } });
  api = apiClient(product.url, await product.setup());
  browser = await launchBrowser();
  context = await openContext(browser, wideLight, (text) => pageErrors.push(text));
  page = await context.newPage();
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

beforeEach(() => {
  onTestFailed(() => keepScreen(page, "failed-transports"));
});

const button = (name: RegExp | string) => page.getByRole("button", { name });

async function admin<T>(path: string, body?: object): Promise<T> {
  const { httpPort, adminToken } = await sandboxFacts(product.dataDir);
  const response = await fetch(`http://127.0.0.1:${httpPort}/admin${path}`, {
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

interface Shown {
  id: string;
  address: string;
  transport: string;
  state: string;
  progress: unknown;
}

const mailbox = async (of = address): Promise<Shown> =>
  (await api.all<Shown>("/v1/mailboxes")).find((one) => one.address === of)!;

/** In step by this transport: nothing is left to import or to be matched. */
const inStep = (transport: string, of = address, least = 2) =>
  eventually(
    async () => {
      const { id, state, transport: now } = await mailbox(of);
      expect([now, state]).toEqual([transport, "live"]);
      const folders = await api.all<{ selected: boolean; stored: number; messages: number | null }>(
        `/v1/mailboxes/${id}/folders`,
      );
      const chosen = folders.filter(({ selected }) => selected);
      expect(chosen.length).toBeGreaterThanOrEqual(least);
      for (const { stored, messages } of chosen) expect(stored).toBe(messages);
    },
    { timeout: 30_000, interval: 250 },
  );

interface Known {
  id: string;
  conversationId: string;
}

const known = async (): Promise<string[]> =>
  (await api.messages<Known>()).map(({ id, conversationId }) => `${id} ${conversationId}`).sort();

test("IMAP is off: the finding offers Graph first, and one click with one more consent connects", async () => {
  for (let n = 1; n <= 5; n++)
    await admin("/mail", {
      from: "well@outlook.example",
      to: address,
      subject: `Größe ${n}`,
      text: `Which size is number ${n}?`,
    });
  await page.goto(product.url);
  await signIn(page);
  await page.goto(`${product.url}/connect/new`);
  await page.getByLabel("E-mail address").fill(address);
  await button("Continue").click();
  await button("Continue to the sign-in").click();
  await button(/Continue to the sandbox/).click();
  await button(new RegExp(address)).click();
  await button("Accept").click();
  await page.getByText("Connect through Microsoft Graph instead").waitFor({ timeout: 20_000 });
  await keepScreen(page, "wizard-imap-off");
  expect(await accessibilityProblems(page)).toEqual([]);
  await button("Use Graph").click();
  await button(new RegExp(address)).click();
  await button("Accept").click();
  await page.waitForURL(/step=folders/, { timeout: 20_000 });
  await button("Start importing").click();
  await button("Skip").click();
  await page.getByText(`${address} is connected`).waitFor();
  await inStep("graph");
});

test("switched on later, IMAP is taken on the mailbox's page: the same messages, and no body is fetched again", async () => {
  const before = await known();
  expect(before.length).toBeGreaterThanOrEqual(8);
  await admin("/personas/switch", { address, imap: true });
  await admin("/counters/reset", { address });
  const { id } = await mailbox();
  await page.goto(`${product.url}/mailboxes/${id}`);
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByText("How mail comes").waitFor();
  await page.getByRole("radio", { name: /IMAP/ }).check();
  await keepScreen(page, "mailbox-transport");
  expect(await accessibilityProblems(page)).toEqual([]);
  await button(/Try IMAP/).click();
  await page.getByText("Mail comes another way from now on").waitFor({ timeout: 20_000 });
  await inStep("imap");
  expect(await known()).toEqual(before);
  const { bodies } = await admin<{ bodies: Record<string, number> }>(`/counters/${address}`);
  expect(bodies).toEqual({ imap: 0, graph: 0, pop3: 0 });
});

test("Graph is chosen in the wizard and refused, IMAP is off: POP3 is the way left, and says what it cannot do", async () => {
  const denied = "graph-denied@outlook.example";
  await admin("/personas/switch", { address: denied, imap: false });
  await admin("/mail", { from: "well@outlook.example", to: denied, subject: "A cup", text: "Is it glazed?" });
  await page.goto(`${product.url}/connect/new`);
  await page.getByLabel("E-mail address").fill(denied);
  await button("Continue").click();
  await page.getByText("Connection", { exact: true }).click();
  await page.getByRole("radio", { name: /^POP3/ }).check();
  await page.getByText("What POP3 cannot do:").waitFor();
  await keepScreen(page, "wizard-connection");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("radio", { name: /^Microsoft Graph/ }).check();
  await button("Continue to the sign-in").click();
  await button(/Continue to the sandbox/).click();
  await button("Use another account").click();
  await page.getByLabel("Email address").fill(denied);
  await page.getByLabel("Password").fill("sandbox");
  await button("Sign in").click();
  await button("Accept").click();
  await page.getByText("Microsoft Graph refuses this access").waitFor({ timeout: 20_000 });
  await keepScreen(page, "wizard-graph-denied");
  await button("Use POP3").click();
  await button(new RegExp(denied)).click();
  await button("Accept").click();
  await page.waitForURL(/step=folders/, { timeout: 20_000 });
  await button("Start importing").click();
  await button("Skip").click();
  await page.getByText(`${denied} is connected`).waitFor();
  await inStep("pop3", denied, 1);
  const { bodies } = await admin<{ bodies: Record<string, number> }>(`/counters/${denied}`);
  expect(bodies).toMatchObject({ imap: 0, graph: 0 });
  expect(bodies["pop3"]).toBeGreaterThan(0);
  const { id } = await mailbox(denied);
  await page.goto(`${product.url}/mailboxes/${id}`);
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByText("What POP3 cannot do:").waitFor();
});

test("no page complained", () => {
  expect(pageErrors).toEqual([]);
});
